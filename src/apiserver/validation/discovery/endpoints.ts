import { equalJson, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { dnsLabel, dnsSubdomain } from "../formats/names.js";
import { ipErrors, ipWarnings } from "../shared/addresses.js";
import { endpointIpErrors } from "../shared/endpoint-ip.js";
import { metaOf } from "../shared/meta-of.js";
import { field, list, objects, optionalText, text, whole } from "../shared/read.js";
import { type Errors, NONE, ofFormat, oneOf, optionally, portNumber, qualified } from "../shared/rules.js";
import type { KindRules } from "../types.js";

export const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const LISTS = ["addresses", "notReadyAddresses"];

function addressErrors(address: JsonObject, path: string): Errors {
  const node = optionalText(address, "nodeName");
  return [
    ...ipErrors(`${path}.ip`, text(address, "ip")),
    ...optionally(`${path}.hostname`, text(address, "hostname"), dnsLabel),
    ...(node === undefined ? NONE : ofFormat(`${path}.nodeName`, node, dnsSubdomain)),
    ...endpointIpErrors(`${path}.ip`, text(address, "ip")),
  ];
}
export const appProtocolErrors = (port: JsonObject, path: string): Errors => {
  const protocol = optionalText(port, "appProtocol");
  return protocol === undefined ? NONE : qualified(`${path}.appProtocol`, protocol);
};
function portErrors(port: JsonObject, path: string, several: boolean): Errors {
  const name = text(port, "name");
  const number = whole(port, "port");
  return [
    ...(several && name === "" ? [required(`${path}.name`)] : optionally(`${path}.name`, name, dnsLabel)),
    ...portNumber(`${path}.port`, number),
    ...oneOf(`${path}.protocol`, text(port, "protocol"), PROTOCOLS, "required"),
    ...appProtocolErrors(port, path),
  ];
}
function subsetErrors(subset: JsonObject, path: string): Errors {
  const empty = LISTS.every((l) => list(subset, l).length === 0);
  const ports = objects(subset, "ports");
  return [
    ...(empty ? [required(path, "must specify `addresses` or `notReadyAddresses`")] : NONE),
    ...LISTS.flatMap((l) => objects(subset, l).flatMap((a, i) => addressErrors(a, `${path}.${l}[${i}]`))),
    ...ports.flatMap((p, i) => portErrors(p, `${path}.ports[${i}]`, ports.length > 1)),
  ];
}
const subsetsErrors = (o: KubeObject): Errors => objects(o, "subsets").flatMap((s, i) => subsetErrors(s, `subsets[${i}]`));
const warnings = (o: KubeObject): readonly string[] =>
  o.metadata.labels?.[MANAGED_BY] === "endpoint-controller"
    ? []
    : objects(o, "subsets").flatMap((s, i) =>
        LISTS.flatMap((l) => objects(s, l).flatMap((a, j) => ipWarnings(`subsets[${i}].${l}[${j}].ip`, text(a, "ip")))),
      );

/** Subsets that stay are not looked at again: older ones may be wrong. */
export const ENDPOINTS: KindRules = {
  create: subsetsErrors,
  update: (o, old) => {
    const same = equalJson(field(o, "subsets") ?? null, field(old, "subsets") ?? null);
    return [...metaOf(o), ...(same ? NONE : subsetsErrors(o))];
  },
  warnings,
};
