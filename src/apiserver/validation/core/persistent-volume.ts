import {
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  labelValueErrors,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { nodeSelectorErrors } from "../pods/scheduling.js";
import { jsonDiff } from "../shared/diff.js";
import { internalForm } from "../shared/internal-form.js";
import { metaOf } from "../shared/meta-of.js";
import { nodeTermWarnings } from "../shared/node-labels.js";
import { isRoot } from "../shared/paths.js";
import { positiveQuantity } from "../shared/quantities.js";
import { child, childAt, entries, field, has, objects, optionalText, text, texts } from "../shared/read.js";
import { basicQuantity } from "../shared/resource-names.js";
import { type Errors, immutable, NONE, ofFormat, oneOf, optionally } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { accessModeErrors, VOLUME_MODES } from "./claims.js";
import * as sources from "./volume-sources.js";

const specOf = (o: KubeObject): JsonObject => child(o, "spec") ?? {};
const rowsFor = (name: string, holder: string, affinity: boolean): readonly sources.SourceRow[] => [
  { field: "hostPath", rules: sources.hostPath },
  { field: "gcePersistentDisk", rules: sources.gcePersistentDisk, at: "persistentDisk" },
  { field: "awsElasticBlockStore", rules: sources.awsElasticBlockStore },
  { field: "glusterfs", rules: sources.persistentGlusterfs },
  { field: "flocker", rules: sources.flocker },
  { field: "nfs", rules: sources.nfs },
  { field: "rbd", rules: sources.rbd },
  { field: "quobyte", rules: sources.quobyte },
  { field: "cephfs", rules: sources.cephfs, second: "cephFS" },
  { field: "iscsi", rules: sources.persistentIscsi(name) },
  { field: "cinder", rules: sources.persistentCinder },
  { field: "fc", rules: sources.fibreChannel },
  { field: "flexVolume", rules: sources.flexVolume, second: "" },
  { field: "azureFile", rules: sources.persistentAzureFile },
  { field: "vsphereVolume", rules: sources.needs("volumePath") },
  { field: "photonPersistentDisk", rules: sources.needs("pdID") },
  { field: "portworxVolume", rules: sources.needs("volumeID") },
  { field: "azureDisk", rules: sources.azureDisk },
  { field: "scaleIO", rules: sources.needs("gateway", "system", "volumeName") },
  {
    field: "local",
    // It is there on one node only: nodes must be told.
    rules: (source, path) => [
      ...sources.local(source, path),
      ...(affinity ? [] : [required(`${holder}.nodeAffinity`, "Local volume requires node affinity")]),
    ],
  },
  { field: "storageos", rules: sources.persistentStorageOs },
  { field: "csi", rules: sources.persistentCsi },
];
const SOURCES = rowsFor("", "spec", true).map((r) => r.field);
const RECLAIM = ["Delete", "Recycle", "Retain"];

const INLINE = "in the context of inline volumes";

function specErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const spec = specOf(o);
  const policy = text(spec, "persistentVolumeReclaimPolicy");
  return [
    ...modeErrors(spec, "spec"),
    ...capacityErrors(spec),
    ...(policy === "" ? [] : oneOf("spec.persistentVolumeReclaimPolicy", policy, RECLAIM)),
    ...affinityErrors(child(spec, "nodeAffinity"), old && specOf(old)),
    ...volumeSpecErrors(spec, "spec", o.metadata.name ?? ""),
    ...ofMode(spec, (mode) => (VOLUME_MODES.includes(mode) ? NONE : [notSupported("spec.volumeMode", mode, VOLUME_MODES)])),
    ...attributesErrors(spec),
  ];
}
/** The spec of a volume that has no object of its own: it stands in an attachment. */
export function inlineVolumeErrors(spec: JsonObject, path: string): Errors {
  const forbidden = (name: string, is: boolean): Errors =>
    is ? [forbiddenField(`${path}.${name}`, `may not be specified ${INLINE}`)] : NONE;
  const policy = text(spec, "persistentVolumeReclaimPolicy");
  const keeps = policy === "" || policy === "Retain";
  return [
    ...forbidden("claimRef", has(spec, "claimRef")),
    ...forbidden("capacity", entries(spec, "capacity").length > 0),
    ...(has(spec, "csi") ? [] : [required(`${path}.csi`, `has to be specified ${INLINE}`)]),
    ...modeErrors(spec, path),
    ...(keeps ? [] : [forbiddenField(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${INLINE}`)]),
    ...forbidden("nodeAffinity", has(spec, "nodeAffinity")),
    ...volumeSpecErrors(spec, path, undefined),
    ...ofMode(spec, (mode) => {
      const why = `may not specify volumeMode other than Filesystem ${INLINE}`;
      return mode === "Filesystem" ? NONE : [forbiddenField(`${path}.volumeMode`, why)];
    }),
  ];
}
function modeErrors(spec: JsonObject, path: string): Errors {
  const modes = texts(spec, "accessModes");
  return [...(modes.length === 0 ? [required(`${path}.accessModes`)] : []), ...accessModeErrors(modes, `${path}.accessModes`)];
}
function ofMode(spec: JsonObject, rules: (mode: string) => Errors): Errors {
  const mode = optionalText(spec, "volumeMode");
  return mode === undefined ? NONE : rules(mode);
}
/** What both have; `name`: of the object. */
function volumeSpecErrors(spec: JsonObject, path: string, name: string | undefined): Errors {
  const policy = text(spec, "persistentVolumeReclaimPolicy");
  const rows = rowsFor(name ?? "", path, name !== undefined && has(spec, "nodeAffinity"));
  const recyclesRoot = policy === "Recycle" && isRoot(text(child(spec, "hostPath"), "path"));
  const rootTold = forbiddenField(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'");
  return [
    ...sources.sourceErrors(spec, path, rows).filter((e) => e.path !== `${path}.`),
    ...secondFlex(spec, path),
    ...(sources.hasSource(spec, rows) ? [] : [required(path, "must specify a volume type")]),
    ...(recyclesRoot ? [rootTold] : []),
    ...optionally(`${path}.storageClassName`, text(spec, "storageClassName"), dnsSubdomain),
  ];
}
/** The original forgets to refuse this one as a second source. */
const secondFlex = (spec: JsonObject, path: string): Errors => {
  const flex = child(spec, "flexVolume");
  const first = SOURCES.find((f) => has(spec, f));
  return flex === undefined || first === "flexVolume" ? NONE : sources.flexVolume(flex, `${path}.flexVolume`);
};
function capacityErrors(spec: JsonObject): Errors {
  const capacity = entries(spec, "capacity");
  const only = capacity.length === 1 && capacity[0]?.[0] === "storage";
  return [
    ...(capacity.length === 0 ? [required("spec.capacity")] : []),
    ...(only ? [] : [notSupported("spec.capacity", field(spec, "capacity"), ["storage"])]),
    ...capacity.flatMap(([name, q]) => [...basicQuantity(`spec.capacity[${name}]`, q), ...positiveQuantity(`spec.capacity[${name}]`, q)]),
  ];
}
function affinityErrors(affinity: JsonObject | undefined, old: JsonObject | undefined): Errors {
  if (affinity === undefined) return NONE;
  const selector = child(affinity, "required");
  if (selector === undefined) return [required("spec.nodeAffinity.required", "must specify required node constraints")];
  const before = objects(childAt(old, "nodeAffinity", "required"), "nodeSelectorTerms");
  const values = before.flatMap((t) => objects(t, "matchExpressions").flatMap((e) => texts(e, "values")));
  return nodeSelectorErrors(
    selector,
    "spec.nodeAffinity.required",
    values.some((v) => labelValueErrors(v).length > 0),
  );
}
function attributesErrors(spec: JsonObject): Errors {
  const name = optionalText(spec, "volumeAttributesClassName");
  if (name === undefined) return NONE;
  const path = "spec.volumeAttributesClassName";
  const csi = has(spec, "csi") ? [] : [required("spec.csi", "has to be specified when using volumeAttributesClassName")];
  return [...(name === "" ? [required(path, "an empty string is disallowed")] : ofFormat(path, name, dnsSubdomain)), ...csi];
}

const MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options";
const MOUNTABLE = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
];
const mountErrors = (o: KubeObject): Errors =>
  o.metadata.annotations?.[MOUNT_OPTIONS] === undefined || MOUNTABLE.some((f) => has(specOf(o), f))
    ? NONE
    : [forbiddenField(`metadata.annotations.${MOUNT_OPTIONS}`, "may not specify mount options for this volume type")];

const volumeErrors = (o: KubeObject, old: KubeObject | undefined): Errors => [...metaOf(o, { namespaced: false }), ...specErrors(o, old)];

function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const [spec, was] = [specOf(o), specOf(old)];
  const [now, before] = [sourceOf(spec, was), sourceOf(was, was)];
  const errors: FieldError[] = [...volumeErrors(o, old), ...mountErrors(o), ...volumeErrors(o, old)];
  if (!equalJson(now, before)) {
    const why = "spec.persistentvolumesource is immutable after creation";
    errors.push(forbiddenField("spec.persistentvolumesource", `${why}\n${jsonDiff(before, now)}`));
  }
  errors.push(...immutable("volumeMode", field(spec, "volumeMode"), field(was, "volumeMode")));
  const [affinity, oldAffinity] = [field(spec, "nodeAffinity"), field(was, "nodeAffinity")];
  if (oldAffinity !== undefined && !equalJson(affinity ?? null, withNewLabels(oldAffinity, affinity)))
    errors.push(invalid("nodeAffinity", affinityDump(affinity), "field is immutable, except for updating from beta label to GA"));
  if (has(was, "volumeAttributesClassName") && !has(spec, "volumeAttributesClassName"))
    errors.push(forbiddenField("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"));
  return errors;
}
const affinityDump = (affinity: Json | undefined): Json => (affinity === undefined ? null : internalForm(affinity));
/** The source alone; a secret for expansion may be added once. */
function sourceOf(spec: JsonObject, was: JsonObject): JsonObject {
  const own: JsonObject = Object.fromEntries(SOURCES.flatMap((f) => (has(spec, f) ? [[f, spec[f] as Json]] : [])));
  const csi = child(own, "csi");
  const before = child(was, "csi");
  if (csi === undefined || before === undefined || has(before, "controllerExpandSecretRef")) return own;
  const { controllerExpandSecretRef: _added, ...rest } = csi;
  return { ...own, csi: rest };
}
const GA_LABELS: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};
/** The old affinity with those keys replaced that the new one writes in their new form. */
function withNewLabels(old: Json, now: Json | undefined): Json {
  if (Array.isArray(old)) return old.map((v, i) => withNewLabels(v, Array.isArray(now) ? now[i] : undefined));
  if (typeof old !== "object" || old === null) return old;
  const other = typeof now === "object" && now !== null && !Array.isArray(now) ? (now as JsonObject) : {};
  return Object.fromEntries(
    Object.entries(old).map(([k, v]) => {
      const renamed = k === "key" && typeof v === "string" && GA_LABELS[v] === other[k] && other[k] !== undefined;
      return [k, renamed ? (other[k] as Json) : withNewLabels(v, other[k])];
    }),
  );
}

const DEPRECATED: readonly (readonly [string, string, string?])[] = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+", "storageOS"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];
const ANNOTATIONS: readonly (readonly [string, string])[] = [
  ["volume.beta.kubernetes.io/storage-class", 'deprecated since v1.8; use "storageClassName" attribute instead'],
  [MOUNT_OPTIONS, 'deprecated since v1.31; use "mountOptions" attribute instead'],
];
const RECYCLED =
  "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
const warnings = (o: KubeObject): readonly string[] => {
  const spec = specOf(o);
  return [
    ...ANNOTATIONS.flatMap(([k, why]) => (o.metadata.annotations?.[k] === undefined ? [] : [`metadata.annotations[${k}]: ${why}`])),
    ...(text(spec, "persistentVolumeReclaimPolicy") === "Recycle" ? [RECYCLED] : []),
    ...objects(childAt(spec, "nodeAffinity", "required"), "nodeSelectorTerms").flatMap((t, i) =>
      nodeTermWarnings(t, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`),
    ),
    ...DEPRECATED.flatMap(([f, why, shown]) => (has(spec, f) ? [`spec.${shown ?? f}: ${why}`] : [])),
  ];
};

export const PERSISTENT_VOLUME: KindRules = {
  ownMetadata: "all",
  create: (o) => [...volumeErrors(o, undefined), ...mountErrors(o)],
  update: updateErrors,
  warnings,
};
