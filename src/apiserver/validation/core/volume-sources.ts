import { type FieldError, forbiddenField, invalid, type JsonObject, notSupported, required } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { FILE_MODE_MAX } from "../limits.js";
import { csiDriverName } from "../shared/csi.js";
import { descending, noBacksteps, nonReserved } from "../shared/paths.js";
import { child, entries, has, isTrue, list, objects, optionalText, optionalWhole, text, texts, whole } from "../shared/read.js";
import { type Errors, inRange, label, NONE, ofFormat, requiredText } from "../shared/rules.js";

/** Sources that pods and persistent volumes share, or have in two almost equal forms. */
export type SourceRules = (source: JsonObject, path: string) => Errors;
/** One type of source. Its errors are not always told at the field's own name. */
export interface SourceRow {
  readonly field: string;
  readonly rules: SourceRules;
  /** Where the source's own errors are told. */
  readonly at?: string;
  /** Where a second source is told. */
  readonly second?: string;
}
const TOO_MANY = "may not specify more than 1 volume type";

/** The first source's rules; every other one is one too many. */
export function sourceErrors(holder: JsonObject, path: string, rows: readonly SourceRow[]): Errors {
  const errors: FieldError[] = [];
  let found = 0;
  for (const row of rows) {
    const source = child(holder, row.field);
    if (source === undefined) continue;
    if (found++ > 0) errors.push(forbiddenField(`${path}.${row.second ?? row.field}`, TOO_MANY));
    else errors.push(...row.rules(source, `${path}.${row.at ?? row.field}`));
  }
  return errors;
}
export const hasSource = (holder: JsonObject, rows: readonly SourceRow[]): boolean => rows.some((row) => has(holder, row.field));

/** Fields that must not be empty. */
export const needs =
  (...fields: readonly string[]): SourceRules =>
  (source, path) =>
    fields.filter((f) => text(source, f) === "").map((f) => required(`${path}.${f}`));
export const both =
  (...rules: readonly SourceRules[]): SourceRules =>
  (source, path) =>
    rules.flatMap((r) => r(source, path));

export function fileMode(holder: JsonObject, name: string, path: string): Errors {
  const mode = optionalWhole(holder, name);
  if (mode === undefined || (mode >= 0 && mode <= FILE_MODE_MAX)) return NONE;
  return [invalid(`${path}.${name}`, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}
export const keyToPath = (item: JsonObject, path: string): Errors => [
  ...needs("key", "path")(item, path),
  ...nonReserved(`${path}.path`, text(item, "path")),
  ...fileMode(item, "mode", path),
];
export const keyed =
  (name: "secretName" | "name"): SourceRules =>
  (source, path) => [
    ...needs(name)(source, path),
    ...fileMode(source, "defaultMode", path),
    ...objects(source, "items").flatMap((item, i) => keyToPath(item, `${path}.items[${i}]`)),
  ];

const HOST_PATH_TYPES = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
export const hostPath: SourceRules = (source, path) => {
  if (text(source, "path") === "") return [required(`${path}.path`)];
  const type = optionalText(source, "type");
  return [
    ...noBacksteps(`${path}.path`, text(source, "path")),
    ...(type === undefined || HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
  ];
};
export const gitRepo: SourceRules = (source, path) => [
  ...needs("repository")(source, path),
  ...descending(`${path}.directory`, text(source, "directory")),
];
export const nfs: SourceRules = (source, path) => [
  ...needs("server", "path")(source, path),
  ...(text(source, "path").startsWith("/") ? [] : [invalid(`${path}.path`, text(source, "path"), "must be an absolute path")]),
];

const IQN_FORMS: readonly (readonly [string, RegExp])[] = [
  ["iqn", /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/],
  ["eui", /^eui.[A-Za-z0-9]{16}$/],
  ["naa", /^naa.[A-Za-z0-9]{32}$/],
];
const iqnOf = (value: string) => IQN_FORMS.find(([prefix]) => value.startsWith(prefix));
const badIqn = (value: string): boolean => iqnOf(value)?.[1].test(value) === false;
/** `unknown`: what a name that starts with none of the three is told; the persistent form says less. */
const iscsiErrors = (source: JsonObject, path: string, unknown: string): Errors => {
  const iqn = text(source, "iqn");
  const initiator = optionalText(source, "initiatorName");
  const name = (at: string, value: string): Errors => {
    if (iqnOf(value) === undefined) return [invalid(at, value, unknown)];
    return badIqn(value) ? [invalid(at, value, "must be valid format")] : [];
  };
  const secretless = (isTrue(source, "chapAuthDiscovery") || isTrue(source, "chapAuthSession")) && !has(source, "secretRef");
  return [
    ...(iqn === "" ? [required(`${path}.iqn`)] : name(`${path}.iqn`, iqn)),
    ...inRange(`${path}.lun`, whole(source, "lun"), 0, 255),
    ...(secretless ? [required(`${path}.secretRef`)] : []),
    ...(unknown === "must be valid format" ? secretName("secretRef")(source, path) : []),
    ...(initiator === undefined ? [] : name(`${path}.initiatorname`, initiator)),
  ];
};
export const iscsi: SourceRules = (source, path) => [
  ...needs("targetPortal")(source, path),
  ...iscsiErrors(source, path, "must be valid format starting with iqn, eui, or naa"),
];
export const ISCSI_LONG =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
export const iscsiTooLong = (source: JsonObject, name: string): boolean =>
  has(source, "initiatorName") && byteLength(`${name}:${text(source, "targetPortal")}`) > 64;
export const persistentIscsi =
  (name: string): SourceRules =>
  (source, path) => [
    ...needs("targetPortal")(source, path),
    ...(iscsiTooLong(source, name) ? [invalid(`${path}.targetportal`, text(source, "targetPortal"), ISCSI_LONG)] : []),
    ...iscsiErrors(source, path, "must be valid format"),
  ];

export const fibreChannel: SourceRules = (source, path) => {
  const [targets, wwids] = [texts(source, "targetWWNs"), texts(source, "wwids")];
  const errors: FieldError[] = [];
  if (targets.length === 0 && wwids.length === 0)
    errors.push(required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both"));
  if (targets.length > 0 && wwids.length > 0)
    errors.push(invalid(`${path}.targetWWNs`, [...targets], "targetWWNs and wwids can not be specified simultaneously"));
  if (targets.length === 0) return errors;
  const lun = optionalWhole(source, "lun");
  if (lun === undefined) errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
  else errors.push(...inRange(`${path}.lun`, lun, 0, 255));
  return errors;
};
const partition: SourceRules = (source, path) => {
  const value = whole(source, "partition");
  // 0 is fine, and the text says 1.
  return value < 0 || value > 255 ? [invalid(`${path}.partition`, value, "must be between 1 and 255, inclusive")] : [];
};
export const gcePersistentDisk: SourceRules = both(needs("pdName"), partition);
export const awsElasticBlockStore: SourceRules = both(needs("volumeID"), partition);

const PAIRS = "must be a host:port pair or multiple pairs separated by commas";
const isHostPort = (pair: string): boolean => /^(\[[^[\]]*\]|[^[\]:]*):[^[\]:]*$/.test(pair);
export const quobyte: SourceRules = (source, path) => {
  const registry = text(source, "registry");
  const first: Errors =
    registry === ""
      ? [required(`${path}.registry`, PAIRS)]
      : byteLength(text(source, "tenant")) >= 65
        ? [required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters")]
        : registry
            .split(",")
            .filter((p) => !isHostPort(p))
            .map(() => invalid(`${path}.registry`, registry, PAIRS));
  return [...first, ...needs("volume")(source, path)];
};
export const flocker: SourceRules = (source, path) => {
  const [name, uuid] = [text(source, "datasetName"), text(source, "datasetUUID")];
  const errors: FieldError[] = [];
  if (name === "" && uuid === "") errors.push(required(path, "one of datasetName and datasetUUID is required"));
  if (name !== "" && uuid !== "") errors.push(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  if (name.includes("/")) errors.push(invalid(`${path}.datasetName`, name, "must not contain '/'"));
  return errors;
};
export const glusterfs: SourceRules = needs("endpoints", "path");
export const persistentGlusterfs: SourceRules = (source, path) => {
  const namespace = optionalText(source, "endpointsNamespace");
  const at = `${path}.endpointsNamespace`;
  const own: Errors =
    namespace === undefined
      ? []
      : namespace === ""
        ? [invalid(at, namespace, "if the endpointnamespace is set, it must be a valid namespace name")]
        : label(at, namespace);
  return [...glusterfs(source, path), ...own];
};

const monitors: SourceRules = (source, path) => (list(source, "monitors").length === 0 ? [required(`${path}.monitors`)] : []);
export const rbd: SourceRules = both(monitors, needs("image"));
export const cephfs: SourceRules = monitors;

/** A secret that is named must have its name, and its namespace where `fields` says so. */
const secretName =
  (name: string, ...more: readonly string[]): SourceRules =>
  (source, path) => {
    const ref = child(source, name);
    return ref === undefined ? [] : needs("name", ...more)(ref, `${path}.${name}`);
  };
export const cinder: SourceRules = both(needs("volumeID"), secretName("secretRef"));
export const persistentCinder: SourceRules = both(needs("volumeID"), secretName("secretRef", "namespace"));
const storageOsNames: SourceRules = (source, path) => [
  ...(text(source, "volumeName") === "" ? [required(`${path}.volumeName`)] : label(`${path}.volumeName`, text(source, "volumeName"))),
  ...(text(source, "volumeNamespace") === "" ? [] : label(`${path}.volumeNamespace`, text(source, "volumeNamespace"))),
];
export const storageOs: SourceRules = both(storageOsNames, secretName("secretRef"));
export const persistentStorageOs: SourceRules = both(storageOsNames, secretName("secretRef", "namespace"));

export const flexVolume: SourceRules = (source, path) => [
  ...needs("driver")(source, path),
  ...entries(source, "options").flatMap(([key]) => {
    const namespace = `.${(key.split("/", 1)[0] as string).toLowerCase()}`;
    const taken = namespace.endsWith(".kubernetes.io") || namespace.endsWith(".k8s.io");
    return taken ? [invalid(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved")] : [];
  }),
];
export const azureFile: SourceRules = needs("secretName", "shareName");
export const persistentAzureFile: SourceRules = (source, path) => [
  ...azureFile(source, path),
  ...(optionalText(source, "secretNamespace") === "" ? [required(`${path}.secretNamespace`)] : []),
];

const CACHING = ["None", "ReadOnly", "ReadWrite"];
const DISK_KINDS = ["Dedicated", "Managed", "Shared"];
const MANAGED_URI = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
export const azureDisk: SourceRules = (source, path) => {
  const [caching, kind, uri] = [optionalText(source, "cachingMode"), optionalText(source, "kind"), text(source, "diskURI")];
  const errors: FieldError[] = [...needs("diskName", "diskURI")(source, path)];
  if (caching !== undefined && !CACHING.includes(caching)) errors.push(notSupported(`${path}.cachingMode`, caching, CACHING));
  if (kind !== undefined && !DISK_KINDS.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, DISK_KINDS));
  if (kind === "Managed" && !uri.startsWith("/subscriptions/")) errors.push(notSupported(`${path}.diskURI`, uri, [MANAGED_URI]));
  if (kind !== undefined && kind !== "Managed" && !uri.startsWith("https://"))
    errors.push(notSupported(`${path}.diskURI`, uri, [BLOB_URI]));
  return errors;
};
export const local: SourceRules = (source, path) =>
  text(source, "path") === "" ? [required(`${path}.path`)] : noBacksteps(`${path}.path`, text(source, "path"));

export const csi: SourceRules = (source, path) => {
  const ref = child(source, "nodePublishSecretRef");
  const name = text(ref, "name");
  const secret: Errors =
    ref === undefined ? [] : name === "" ? [required(`${path}.nodePublishSecretRef.name`)] : ofFormat(`${path}.name`, name, dnsSubdomain);
  return [...csiDriverName(`${path}.driver`, text(source, "driver")), ...secret];
};
const CSI_SECRETS = ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"];
export const persistentCsi: SourceRules = (source, path) => [
  ...csiDriverName(`${path}.driver`, text(source, "driver")),
  ...needs("volumeHandle")(source, path),
  ...CSI_SECRETS.flatMap((name) => {
    const ref = child(source, name);
    if (ref === undefined) return [];
    return [
      ...requiredText(`${path}.${name}.name`, text(ref, "name"), dnsSubdomain),
      ...(text(ref, "namespace") === ""
        ? [required(`${path}.${name}.namespace`)]
        : label(`${path}.${name}.namespace`, text(ref, "namespace"))),
    ];
  }),
];
