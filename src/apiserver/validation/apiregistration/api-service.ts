import { type FieldError, invalid, type JsonObject, type KubeObject, pathSegmentErrors, required } from "../../../kube/meta/index.js";
import { dns1035Label, dnsSubdomain } from "../formats/names.js";
import { metaErrors, metaUpdateErrors } from "../meta.js";
import { child, objects, text, whole } from "../shared/read.js";
import { type Errors, ofFormat, oneOf, portNumber } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1_000;

function serviceErrors(o: KubeObject): Errors {
  const spec = child(o as unknown as JsonObject, "spec") ?? {};
  const [group, version] = [text(spec, "group"), text(spec, "version")];
  const wanted = `${version}.${group}`;
  const name = (value: string, prefix: boolean): readonly string[] => {
    const wrong = pathSegmentErrors(value, prefix);
    if (wrong.length > 0) return wrong;
    return value === wanted ? [] : [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`];
  };
  const errors: FieldError[] = [...metaErrors(o.metadata, { namespaced: false, name })];
  if (group === "" && version !== "v1") errors.push(required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
  if (group !== "") errors.push(...ofFormat("spec.group", group, dnsSubdomain));
  errors.push(...ofFormat("spec.version", version, dns1035Label));
  const [groupPriority, versionPriority] = [whole(spec, "groupPriorityMinimum"), whole(spec, "versionPriority")];
  if (groupPriority <= 0 || groupPriority > GROUP_PRIORITY_MAX)
    errors.push(invalid("spec.groupPriorityMinimum", groupPriority, "must be positive and less than 20000"));
  if (versionPriority <= 0 || versionPriority > VERSION_PRIORITY_MAX)
    errors.push(invalid("spec.versionPriority", versionPriority, "must be positive and less than 1000"));
  const service = child(spec, "service");
  return [...errors, ...(service ? remoteErrors(spec, service) : localErrors(spec))];
}
function localErrors(spec: JsonObject): Errors {
  const bundle = Buffer.from(text(spec, "caBundle"), "base64").length;
  return [
    ...(bundle > 0 ? [invalid("spec.caBundle", `${bundle} bytes`, "local APIServices may not have a caBundle")] : []),
    ...(spec["insecureSkipTLSVerify"] === true
      ? [invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify")]
      : []),
  ];
}
function remoteErrors(spec: JsonObject, service: JsonObject): Errors {
  return [
    ...(text(service, "namespace") === "" ? [required("spec.service.namespace")] : []),
    ...(text(service, "name") === "" ? [required("spec.service.name")] : []),
    ...portNumber("spec.service.port", whole(service, "port")).map((e) => ({ ...e, detail: `port is not valid: ${e.detail}` })),
    ...(spec["insecureSkipTLSVerify"] === true && text(spec, "caBundle") !== ""
      ? [invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present")]
      : []),
  ];
}
function statusErrors(o: KubeObject): Errors {
  const status = child(o as unknown as JsonObject, "status");
  return objects(status, "conditions").flatMap((c, i) =>
    oneOf(`status.conditions[${i}].status`, text(c, "status"), ["True", "False", "Unknown"]),
  );
}

/** A group-version that is served here or by a service. */
export const apiService: KindRules = {
  ownMetadata: "all",
  create: serviceErrors,
  update: (o, old) => [...metaUpdateErrors(o.metadata, old.metadata), ...serviceErrors(o)],
  parts: { status: (o, old) => [...metaUpdateErrors(o.metadata, old.metadata), ...statusErrors(o)] },
};
