import {
  equalJson,
  type FieldError,
  invalid,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  required,
  tooLong,
  tooMany,
} from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import {
  ATTRIBUTE_BYTES_MAX,
  CONSUMED_SETS_MAX,
  COUNTER_SETS_MAX,
  COUNTERS_MAX,
  DEVICE_PROPERTIES_MAX,
  DEVICE_TAINTS_MAX,
  DEVICES_MAX,
  DEVICES_WITH_EXTRAS_MAX,
  DRIVER_BYTES_MAX,
  IDENTIFIER_BYTES_MAX,
} from "../limits.js";
import { nodeSelectorErrors } from "../pods/scheduling.js";
import { csiDriverName } from "../shared/csi.js";
import { internalForm } from "../shared/internal-form.js";
import { child, entries, field, has, isTrue, list, objects, optionalText, text, whole } from "../shared/read.js";
import { type Errors, immutable, label, NONE, ofFormat } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { capacityErrors } from "./capacity.js";
import { bindingErrors, deviceName, listErrors, nameOf, poolName, taintErrors, trueOrAbsent } from "./parts.js";

/** A domain, a slash and an identifier; longer keys are shown without their middle. */
const KEY_BYTES_MAX = DRIVER_BYTES_MAX + 1 + IDENTIFIER_BYTES_MAX;
const DOTS = "...";
function keyed(path: string, key: string, max: number): string {
  const left = max - DOTS.length;
  const shown =
    byteLength(key) <= max ? key : key.slice(0, Math.floor((left + 1) / 2)) + DOTS + key.slice(key.length - Math.floor(left / 2));
  return `${path}[${shown}]`;
}
const asObject = (value: Json): JsonObject => (isObject(value) ? value : {});

// ---------------------------------------------------------------- where

/** Exactly one of several ways to say on which nodes. */
function nodesErrors(holder: JsonObject, path: string, empty: string): { readonly set: readonly string[]; readonly errors: Errors } {
  const set: string[] = [];
  const errors: FieldError[] = [];
  const [node, selector] = [optionalText(holder, "nodeName"), child(holder, "nodeSelector")];
  if (node === "") errors.push(invalid(`${path}.nodeName`, node, empty));
  else if (node !== undefined) {
    set.push("`nodeName`");
    errors.push(...ofFormat(`${path}.nodeName`, node, dnsSubdomain));
  }
  if (selector !== undefined) {
    set.push("`nodeSelector`");
    errors.push(...nodeSelectorErrors(selector, `${path}.nodeSelector`));
  }
  return { set, errors };
}
const flagSet = (holder: JsonObject, name: string): readonly string[] => (isTrue(holder, name) ? [`\`${name}\``] : []);
function exactlyOne(set: readonly string[], path: string, none: string, several: string): Errors {
  if (set.length === 0) return [required(path, none)];
  return set.length === 1 ? NONE : [invalid(path, `{${set.join(", ")}}`, several)];
}
function sliceNodes(spec: JsonObject): Errors {
  const { set, errors } = nodesErrors(spec, "spec", "must be either unset or set to a non-empty string");
  const selector = child(spec, "nodeSelector");
  const terms = list(selector, "nodeSelectorTerms");
  const one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  const all = [...set, ...flagSet(spec, "allNodes"), ...flagSet(spec, "perDeviceNodeSelection")];
  return [
    ...errors,
    ...(selector === undefined || terms.length === 1
      ? NONE
      : [invalid("spec.nodeSelector.nodeSelectorTerms", internalForm([...terms]), "must have exactly one node selector term")]),
    ...trueOrAbsent(spec, "allNodes", "spec"),
    ...trueOrAbsent(spec, "perDeviceNodeSelection", "spec"),
    ...exactlyOne(all, "spec", one, `${one}, but multiple fields are set`),
  ];
}
const PER_DEVICE = "`perDeviceNodeSelection` is set to true in the ResourceSlice spec";
function deviceNodes(device: JsonObject, path: string, perDevice: boolean): Errors {
  const any = ["nodeName", "nodeSelector", "allNodes"].some((f) => has(device, f));
  const told = `\`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if ${PER_DEVICE}`;
  if (!perDevice) return any ? [invalid(path, undefined, told)] : NONE;
  const { set, errors } = nodesErrors(device, path, "must not be empty");
  const one = `exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when ${PER_DEVICE}`;
  return [...errors, ...trueOrAbsent(device, "allNodes", path), ...exactlyOne([...set, ...flagSet(device, "allNodes")], path, one, one)];
}

// ---------------------------------------------------------------- attributes

const NUMBER = "(0|[1-9]\\d*)";
const PRERELEASE = "(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const BUILD = "[0-9a-zA-Z-]+";
const SEMVER = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRERELEASE}(\\.${PRERELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`);
const bounded = (path: string, value: string): Errors =>
  byteLength(value) > ATTRIBUTE_BYTES_MAX ? [tooLong(path, ATTRIBUTE_BYTES_MAX)] : NONE;

function attributeErrors(attribute: JsonObject, path: string): Errors {
  const [string, version] = [optionalText(attribute, "string"), optionalText(attribute, "version")];
  const count = ["bool", "int", "string", "version"].filter((f) => has(attribute, f)).length;
  const errors: FieldError[] = [];
  if (string !== undefined) errors.push(...bounded(`${path}.string`, string));
  if (version !== undefined) {
    if (!SEMVER.test(version)) errors.push(invalid(`${path}.version`, version, "must be a string compatible with semver.org spec 2.0.0"));
    errors.push(...bounded(`${path}.version`, version));
  }
  if (count !== 1) errors.push(invalid(path, count === 0 ? "" : internalForm(attribute), "exactly one value must be specified"));
  return errors;
}
function propertiesErrors(device: JsonObject, path: string): Errors {
  const [attributes, capacity] = [entries(device, "attributes"), entries(device, "capacity")];
  const count = attributes.length + capacity.length;
  const shared = isTrue(device, "allowMultipleAllocations");
  const many = `the total number of attributes and capacities must not exceed ${DEVICE_PROPERTIES_MAX}`;
  return [
    ...(count > DEVICE_PROPERTIES_MAX ? [invalid(path, count, many)] : NONE),
    ...attributes.flatMap(([key, value]) => [
      ...deviceName(`${path}.attributes`, key),
      ...attributeErrors(asObject(value), keyed(`${path}.attributes`, key, KEY_BYTES_MAX)),
    ]),
    ...capacity.flatMap(([key, value]) => [
      ...deviceName(`${path}.capacity`, key),
      ...capacityErrors(asObject(value), keyed(`${path}.capacity`, key, KEY_BYTES_MAX), shared),
    ]),
  ];
}

// ---------------------------------------------------------------- counters

function countersErrors(holder: JsonObject, path: string): Errors {
  const counters = entries(holder, "counters");
  if (counters.length === 0) return [required(`${path}.counters`)];
  if (counters.length > COUNTERS_MAX) return [tooMany(`${path}.counters`, counters.length, COUNTERS_MAX)];
  return counters.flatMap(([name]) => label(`${path}.counters`, name));
}
const namedSet = (holder: JsonObject, name: string, path: string): Errors => [
  ...(text(holder, name) === "" ? [required(`${path}.${name}`)] : label(`${path}.${name}`, text(holder, name))),
  ...countersErrors(holder, path),
];

// ---------------------------------------------------------------- the slice

function deviceErrors(device: JsonObject, path: string, perDevice: boolean, old: JsonObject | undefined): Errors {
  const [taints, was] = [field(device, "taints") ?? null, field(old, "taints") ?? null];
  const sameTaints = old !== undefined && equalJson(taints, was);
  return [
    ...label(`${path}.name`, nameOf(device)),
    ...propertiesErrors(device, path),
    ...(sameTaints ? NONE : listErrors(objects(device, "taints"), { path: `${path}.taints`, max: DEVICE_TAINTS_MAX, rules: taintErrors })),
    ...listErrors(objects(device, "consumesCounters"), {
      path: `${path}.consumesCounters`,
      max: CONSUMED_SETS_MAX,
      rules: (c, at) => namedSet(c, "counterSet", at),
      key: (c) => text(c, "counterSet"),
    }),
    ...deviceNodes(device, path, perDevice),
    ...bindingErrors(device, path),
  ];
}
function poolErrors(pool: JsonObject | undefined): Errors {
  const [slices, generation] = [whole(pool, "resourceSliceCount"), whole(pool, "generation")];
  return [
    ...poolName("spec.pool.name", text(pool, "name")),
    ...(slices <= 0 ? [invalid("spec.pool.resourceSliceCount", slices, "must be greater than zero")] : NONE),
    ...(generation < 0 ? [invalid("spec.pool.generation", generation, "must be greater than or equal to zero")] : NONE),
  ];
}
function fixedErrors(spec: JsonObject, was: JsonObject): Errors {
  const pool = (s: JsonObject): string => text(child(s, "pool"), "name");
  return [
    ...immutable("spec.pool.name", pool(spec), pool(was)),
    ...immutable("spec.driver", text(spec, "driver"), text(was, "driver")),
    ...immutable("spec.nodeName", field(spec, "nodeName"), field(was, "nodeName")),
  ];
}
function specErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const [spec, was] = [specOf(o), old && specOf(old)];
  const devices = objects(spec, "devices");
  const extras = devices.some((d) => objects(d, "taints").length > 0 || objects(d, "consumesCounters").length > 0);
  const before = new Map(objects(was, "devices").map((d) => [nameOf(d), d]));
  const both = has(spec, "sharedCounters") && has(spec, "devices");
  return [
    ...csiDriverName("spec.driver", text(spec, "driver")),
    ...poolErrors(child(spec, "pool")),
    ...(was === undefined ? NONE : fixedErrors(spec, was)),
    ...sliceNodes(spec),
    ...(both ? [invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed")] : NONE),
    ...listErrors(devices, {
      path: "spec.devices",
      max: extras ? DEVICES_WITH_EXTRAS_MAX : DEVICES_MAX,
      rules: (d, at) => deviceErrors(d, at, isTrue(spec, "perDeviceNodeSelection"), before.get(nameOf(d))),
      key: nameOf,
    }),
    ...listErrors(objects(spec, "sharedCounters"), {
      path: "spec.sharedCounters",
      max: COUNTER_SETS_MAX,
      rules: (s, at) => namedSet(s, "name", at),
      key: nameOf,
    }),
  ];
}
function warnings(o: KubeObject): readonly string[] {
  const driver = text(specOf(o), "driver");
  if (driver === driver.toLowerCase()) return [];
  return [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}
export const RESOURCE_SLICE: KindRules = { create: (o) => specErrors(o, undefined), update: specErrors, warnings };
