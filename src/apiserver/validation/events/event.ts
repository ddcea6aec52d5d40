import { equalJson, invalid, isObject, type Json, type KubeObject, pathSegmentErrors, required } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { ACTION_BYTES_MAX, NOTE_BYTES_MAX } from "../limits.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, field, has, text, whole } from "../shared/read.js";
import { type Errors, IMMUTABLE, NONE, ofFormat, qualified } from "../shared/rules.js";
import type { KindRules } from "../types.js";

/** One store, two kinds: the older one checks little, the newer one all that its authors wished the older had. */
type Controller = "reportingComponent" | "reportingController";

const bounded = (o: KubeObject, name: string, max: number): Errors =>
  byteLength(text(o, name)) > max ? [invalid(name, "", `can have at most ${max} characters`)] : NONE;
const needed = (o: KubeObject, name: string): Errors => (text(o, name) === "" ? [required(name)] : NONE);

function namespaceErrors(o: KubeObject): Errors {
  const [own, other] = [o.metadata.namespace ?? "", text(child(o, "involvedObject"), "namespace")];
  const clusterWide = has(o, "eventTime") ? ["default", "kube-system"] : ["", "default"];
  // An event with its own time may tell of another namespace.
  const fits = other === "" ? clusterWide.includes(own) : has(o, "eventTime") || own === other;
  return fits ? NONE : [invalid("involvedObject.namespace", other, "does not match event.namespace")];
}
function timedErrors(o: KubeObject, controller: Controller): Errors {
  const component = text(o, "reportingComponent");
  return [
    ...(component === "" ? [required(controller)] : NONE),
    ...qualified(controller, component),
    ...["reportingInstance", "action", "reason"].flatMap((f) => [...needed(o, f), ...bounded(o, f, ACTION_BYTES_MAX)]),
    ...bounded(o, "message", NOTE_BYTES_MAX),
  ];
}
const commonErrors = (o: KubeObject, controller: Controller): Errors => [
  ...namespaceErrors(o),
  ...(has(o, "eventTime") ? timedErrors(o, controller) : NONE),
  ...ofFormat("namespace", o.metadata.namespace ?? "", dnsSubdomain),
];
const legacyErrors = (o: KubeObject): Errors => commonErrors(o, "reportingComponent");
export const LEGACY_EVENT: KindRules = {
  name: pathSegmentErrors,
  ownMetadata: "all",
  create: legacyErrors,
  update: legacyErrors,
};

function seriesErrors(o: KubeObject): Errors {
  const series = child(o, "series");
  if (series === undefined) return NONE;
  return [
    ...(whole(series, "count") < 2 ? [invalid("series.count", "", "should be at least 2")] : NONE),
    ...(has(series, "lastObservedTime") ? NONE : [required("series.lastObservedTime")]),
  ];
}
function unsetErrors(o: KubeObject): Errors {
  const source = child(o, "source");
  const set: Readonly<Record<string, boolean>> = {
    firstTimestamp: has(o, "firstTimestamp"),
    lastTimestamp: has(o, "lastTimestamp"),
    count: whole(o, "count") !== 0,
    source: text(source, "component") !== "" || text(source, "host") !== "",
  };
  return Object.entries(set).flatMap(([name, is]) => (is ? [invalid(name, "", "needs to be unset")] : NONE));
}
function createErrors(o: KubeObject): Errors {
  const type = text(o, "type");
  return [
    ...commonErrors(o, "reportingController"),
    ...metaOf(o),
    ...seriesErrors(o),
    ...(has(o, "eventTime") ? NONE : [required("eventTime")]),
    ...(type === "Normal" || type === "Warning" ? NONE : [invalid("type", "", `has invalid value: ${type}`)]),
    ...unsetErrors(o),
  ];
}

const REFERENCE = [
  ["Kind", "kind"],
  ["Namespace", "namespace"],
  ["Name", "name"],
  ["UID", "uid"],
  ["APIVersion", "apiVersion"],
  ["ResourceVersion", "resourceVersion"],
  ["FieldPath", "fieldPath"],
] as const;
/** Fields that are empty are printed too. */
const ALL_FIELDS: Readonly<Record<string, readonly (readonly [shown: string, name: string])[]>> = {
  source: [
    ["Component", "component"],
    ["Host", "host"],
  ],
  involvedObject: REFERENCE,
  related: REFERENCE,
};
function wholeForm(name: string, value: Json): Json {
  const fields = ALL_FIELDS[name];
  if (fields === undefined || !isObject(value)) return value;
  return Object.fromEntries(fields.map(([shown, f]) => [shown, text(value, f)]));
}
/** In their order, "reason" twice; told by name, and how an absent one is read. */
const FIXED: readonly (readonly [name: string, absent: Json, shown?: string])[] = [
  ["involvedObject", {}],
  ["reason", ""],
  ["message", ""],
  ["source", {}],
  ["firstTimestamp", null],
  ["lastTimestamp", null],
  ["count", 0],
  ["reason", ""],
  ["type", ""],
  ["eventTime", null],
  ["action", ""],
  ["related", null],
  ["reportingComponent", "", "reportingController"],
  ["reportingInstance", ""],
];
function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const sameSeries = equalJson(field(o, "series") ?? null, field(old, "series") ?? null);
  const changed = FIXED.flatMap(([name, absent, shown = name]) => {
    const [now, was] = [field(o, name) ?? absent, field(old, name) ?? absent];
    return equalJson(now, was) ? NONE : [invalid(shown, wholeForm(name, now), IMMUTABLE)];
  });
  return [...commonErrors(o, "reportingController"), ...metaChangesOf(o, old), ...(sameSeries ? NONE : seriesErrors(o)), ...changed];
}
export const EVENT: KindRules = { ownMetadata: "all", create: createErrors, update: updateErrors };
