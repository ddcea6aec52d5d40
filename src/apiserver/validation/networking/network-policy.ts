import { type FieldError, forbiddenField, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { type Cidr, contains, masked, parseCidr } from "../formats/ip.js";
import { portName } from "../formats/names.js";
import { cidrErrors, cidrWarnings } from "../shared/addresses.js";
import { type SelectorOptions, selectorErrors } from "../shared/labels.js";
import { child, field, list, objects, optionalText, optionalWhole, text, texts } from "../shared/read.js";
import { type Errors, ofFormat, oneOf, portNumber } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const TYPES = ["Ingress", "Egress"];

interface Options extends SelectorOptions {
  /** Blocks of the stored object: they may stay where they are, and move. */
  readonly known?: readonly string[];
}
interface Peer {
  readonly peer: JsonObject;
  readonly path: string;
}

function portErrors(port: JsonObject, path: string): Errors {
  const [protocol, value, end] = [optionalText(port, "protocol"), field(port, "port"), optionalWhole(port, "endPort")];
  const endTold = (shown: number | bigint, why: string): FieldError => invalid(`${path}.endPort`, shown, why);
  const errors: FieldError[] = protocol === undefined ? [] : [...oneOf(`${path}.protocol`, protocol, PROTOCOLS)];
  if (typeof value === "number") {
    errors.push(...portNumber(`${path}.port`, value));
    if (end === undefined) return errors;
    if (end < value) errors.push(endTold(value, "must be greater than or equal to `port`"));
    errors.push(...portNumber(`${path}.endPort`, end));
  } else if (typeof value === "string") {
    if (end !== undefined) errors.push(endTold(end, "may not be specified when `port` is non-numeric"));
    errors.push(...ofFormat(`${path}.port`, value, portName));
  } else if (end !== undefined) errors.push(endTold(end, "may not be specified when `port` is not specified"));
  return errors;
}

const isStrictSubset = (part: Cidr, all: Cidr): boolean => contains(all, { bytes: masked(part), sloppy: false }) && part.bits > all.bits;
function blockErrors(block: JsonObject, path: string, known: readonly string[]): Errors {
  const value = text(block, "cidr");
  if (value === "") return [required(`${path}.cidr`)];
  const errors: FieldError[] = [...cidrErrors(`${path}.cidr`, value, known)];
  const all = parseCidr(value);
  if (all === undefined) return errors;
  texts(block, "except").forEach((except, i) => {
    const at = `${path}.except[${i}]`;
    const part = parseCidr(except);
    errors.push(...cidrErrors(at, except, known));
    if (part !== undefined && !isStrictSubset(part, all)) errors.push(invalid(at, except, "must be a strict subset of `cidr`"));
  });
  return errors;
}
function peerErrors({ peer, path }: Peer, options: Options): Errors {
  const block = child(peer, "ipBlock");
  const selectors = ["podSelector", "namespaceSelector"].filter((name) => child(peer, name) !== undefined);
  const errors: FieldError[] = [
    ...selectors.flatMap((name) => selectorErrors(child(peer, name), `${path}.${name}`, options)),
    ...(block ? blockErrors(block, `${path}.ipBlock`, options.known ?? []) : []),
  ];
  if (!block && selectors.length === 0) errors.push(required(path, "must specify a peer"));
  if (block && selectors.length > 0) errors.push(forbiddenField(path, "may not specify both ipBlock and another peer"));
  return errors;
}

const peersOf = (rule: JsonObject, path: string, side: "from" | "to"): readonly Peer[] =>
  objects(rule, side).map((peer, i) => ({ peer, path: `${path}.${side}[${i}]` }));
const ruleErrors = (rule: JsonObject, path: string, side: "from" | "to", options: Options): Errors => [
  ...objects(rule, "ports").flatMap((p, i) => portErrors(p, `${path}.ports[${i}]`)),
  ...peersOf(rule, path, side).flatMap((p) => peerErrors(p, options)),
];
function typeErrors(spec: JsonObject): Errors {
  const types = texts(spec, "policyTypes");
  if (types.length > TYPES.length)
    return [invalid("spec.policyTypes", [...list(spec, "policyTypes")], "may not specify more than two policyTypes")];
  return types.flatMap((t, i) => oneOf(`spec.policyTypes[${i}]`, t, TYPES));
}
function specErrors(o: KubeObject, options: Options): Errors {
  const spec = specOf(o);
  return [
    ...selectorErrors(child(spec, "podSelector"), "spec.podSelector", options),
    ...objects(spec, "ingress").flatMap((r, i) => ruleErrors(r, `spec.ingress[${i}]`, "from", options)),
    ...objects(spec, "egress").flatMap((r, i) => ruleErrors(r, `spec.egress[${i}]`, "to", options)),
    ...typeErrors(spec),
  ];
}

const allPeers = (o: KubeObject): readonly Peer[] => [
  ...objects(specOf(o), "ingress").flatMap((r, i) => peersOf(r, `spec.ingress[${i}]`, "from")),
  ...objects(specOf(o), "egress").flatMap((r, i) => peersOf(r, `spec.egress[${i}]`, "to")),
];
const blocksOf = (o: KubeObject): readonly Peer[] =>
  allPeers(o).flatMap(({ peer, path }) => {
    const block = child(peer, "ipBlock");
    return block ? [{ peer: block, path: `${path}.ipBlock` }] : [];
  });
function optionsOf(old: KubeObject): Options {
  const known = blocksOf(old).flatMap(({ peer }) => [text(peer, "cidr"), ...texts(peer, "except")]);
  return { known, anyValue: selectorErrors(child(specOf(old), "podSelector"), "").length > 0 };
}
export const NETWORK_POLICY: KindRules = {
  create: (o) => specErrors(o, {}),
  update: (o, old) => specErrors(o, optionsOf(old)),
  warnings: (o) =>
    blocksOf(o).flatMap(({ peer, path }) => [
      ...cidrWarnings(`${path}.cidr`, text(peer, "cidr")),
      ...texts(peer, "except").flatMap((e, i) => cidrWarnings(`${path}.except[${i}]`, e)),
    ]),
};
