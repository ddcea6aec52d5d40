import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  parseQuantity,
  required,
  signOf,
} from "../../../kube/meta/index.js";
import { claimSpecErrors } from "../core/claims.js";
import type { SourceRow } from "../core/volume-sources.js";
import * as sources from "../core/volume-sources.js";
import { dnsSubdomain } from "../formats/names.js";
import { TOKEN_SECONDS_MAX, TOKEN_SECONDS_MIN } from "../limits.js";
import { nonReserved } from "../shared/paths.js";
import { child, childAt, has, objects, optionalText, text, whole } from "../shared/read.js";
import { type Errors, label, NONE, oneOf } from "../shared/rules.js";
import { templateMetaErrors } from "../shared/template-meta.js";
import { fieldRefErrors, resourceRefErrors, VOLUME_FIELDS } from "./downward.js";
import { isPod, type PodOptions } from "./options.js";

const { needs } = sources;

/** In the original's order, with its misspelled paths. */
const rowsFor = (options: PodOptions): readonly SourceRow[] => [
  { field: "emptyDir", rules: emptyDir },
  { field: "hostPath", rules: sources.hostPath },
  { field: "gitRepo", rules: sources.gitRepo },
  { field: "gcePersistentDisk", rules: sources.gcePersistentDisk, at: "persistentDisk" },
  { field: "awsElasticBlockStore", rules: sources.awsElasticBlockStore },
  { field: "secret", rules: sources.keyed("secretName") },
  { field: "nfs", rules: sources.nfs },
  { field: "iscsi", rules: sources.iscsi },
  { field: "glusterfs", rules: sources.glusterfs },
  { field: "flocker", rules: sources.flocker },
  { field: "persistentVolumeClaim", rules: needs("claimName") },
  { field: "rbd", rules: sources.rbd },
  { field: "cinder", rules: sources.cinder },
  { field: "cephfs", rules: sources.cephfs, second: "cephFS" },
  { field: "quobyte", rules: sources.quobyte },
  { field: "downwardAPI", rules: downward, second: "downwarAPI" },
  { field: "fc", rules: sources.fibreChannel },
  { field: "flexVolume", rules: sources.flexVolume },
  { field: "configMap", rules: sources.keyed("name") },
  { field: "azureFile", rules: sources.azureFile },
  { field: "vsphereVolume", rules: needs("volumePath") },
  { field: "photonPersistentDisk", rules: needs("pdID") },
  { field: "portworxVolume", rules: needs("volumeID") },
  { field: "azureDisk", rules: sources.azureDisk },
  { field: "storageos", rules: sources.storageOs },
  { field: "projected", rules: (source, path) => projected(source, path, options) },
  { field: "scaleIO", rules: needs("gateway", "system", "volumeName") },
  { field: "csi", rules: sources.csi },
  { field: "ephemeral", rules: ephemeral },
  { field: "image", rules: (source, path) => image(source, path, options) },
];

/** Errors, and the volumes that have none: mounts of the others are told that nothing of that name exists. */
export function volumeErrors(
  volumes: readonly JsonObject[],
  path: string,
  options: PodOptions,
): { readonly errors: Errors; readonly good: ReadonlyMap<string, JsonObject> } {
  const podName = options.meta?.name ?? "";
  const made = new Set(podName === "" ? [] : volumes.filter((v) => has(v, "ephemeral")).map((v) => `${podName}-${text(v, "name")}`));
  const rows = rowsFor(options);
  const good = new Map<string, JsonObject>();
  const errors: FieldError[] = [];
  volumes.forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const name = text(volume, "name");
    const own: FieldError[] = [...sourcesOf(volume, at, rows, podName)];
    own.push(...(name === "" ? [required(`${at}.name`)] : label(`${at}.name`, name)));
    if (good.has(name)) own.push(duplicate(`${at}.name`, name));
    if (own.length === 0) good.set(name, volume);
    errors.push(...own);
    const claim = childAt(volume, "persistentVolumeClaim");
    const why = "must not reference a PVC that gets created for an ephemeral volume";
    if (made.has(text(claim, "claimName"))) errors.push(invalid(`${at}.persistentVolumeClaim.claimName`, text(claim, "claimName"), why));
  });
  return { errors, good };
}

function sourcesOf(volume: JsonObject, path: string, rows: readonly SourceRow[], podName: string): Errors {
  const name = text(volume, "name");
  const upTo = (last: string) => rows.slice(0, rows.findIndex((r) => r.field === last) + 1);
  const iscsi = child(volume, "iscsi");
  const errors: FieldError[] = [...sources.sourceErrors(volume, path, rows)];
  // These two are told where their source is, in the middle of the others'.
  const insert = (last: string, extra: Errors): void => {
    errors.splice(sources.sourceErrors(volume, path, upTo(last)).length, 0, ...extra);
  };
  if (has(volume, "ephemeral") && podName !== "" && name !== "" && isFirst(volume, "ephemeral", rows)) {
    const claim = `${podName}-${name}`;
    insert(
      "ephemeral",
      dnsSubdomain(claim).map((m) => invalid(`${path}.name`, name, `PVC name ${JSON.stringify(claim)}: ${m}`)),
    );
  }
  if (iscsi !== undefined && sources.iscsiTooLong(iscsi, name)) insert("iscsi", [invalid(`${path}.name`, name, sources.ISCSI_LONG)]);
  return sources.hasSource(volume, rows) ? errors : [...errors, required(path, "must specify a volume type")];
}
const isFirst = (volume: JsonObject, name: string, rows: readonly SourceRow[]): boolean =>
  rows.find((r) => has(volume, r.field))?.field === name;

function emptyDir(source: JsonObject, path: string): Errors {
  const limit = optionalText(source, "sizeLimit");
  const negative = limit !== undefined && signOf(parseQuantity(limit)) < 0;
  return negative ? [forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")] : NONE;
}
/** No index: the original has none. */
const downward = (source: JsonObject, path: string): Errors => [
  ...sources.fileMode(source, "defaultMode", path),
  ...objects(source, "items").flatMap((item) => downwardFile(item, path)),
];
function downwardFile(item: JsonObject, path: string): Errors {
  const [field, resource] = [child(item, "fieldRef"), child(item, "resourceFieldRef")];
  const errors: FieldError[] = [...needs("path")(item, path), ...nonReserved(`${path}.path`, text(item, "path"))];
  if (field !== undefined) {
    errors.push(...fieldRefErrors(field, VOLUME_FIELDS, `${path}.fieldRef`));
    if (resource !== undefined) errors.push(invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (resource !== undefined) errors.push(...resourceRefErrors(resource, `${path}.resourceFieldRef`, "volume"));
  else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...sources.fileMode(item, "mode", path)];
}

function projected(source: JsonObject, path: string, options: PodOptions): Errors {
  const seen = new Set<string>();
  const twice = (file: string, name: string): Errors => {
    if (file === "") return NONE;
    if (seen.has(file)) return [invalid(path, name, "conflicting duplicate paths")];
    seen.add(file);
    return NONE;
  };
  const errors: FieldError[] = [...sources.fileMode(source, "defaultMode", path)];
  objects(source, "sources").forEach((one, i) => {
    const at = `${path}.sources[${i}]`;
    for (const kind of ["secret", "configMap"] as const) {
      const from = child(one, kind);
      if (from === undefined) continue;
      errors.push(...needs("name")(from, `${at}.${kind}`));
      objects(from, "items").forEach((item, j) => {
        errors.push(...sources.keyToPath(item, `${at}.${kind}.items[${j}]`), ...twice(text(item, "path"), text(from, "name")));
      });
    }
    for (const item of objects(child(one, "downwardAPI"), "items"))
      errors.push(...downwardFile(item, `${at}.downwardAPI`), ...twice(text(item, "path"), text(item, "path")));
    errors.push(...tokenErrors(child(one, "serviceAccountToken"), `${at}.serviceAccountToken`, path, options));
    const kinds = ["secret", "configMap", "downwardAPI", "serviceAccountToken"].filter((k) => has(one, k)).length;
    if (kinds > 1) errors.push(forbiddenField(at, "may not specify more than 1 volume type per source"));
  });
  return errors;
}
/** The path is told at the volume, not at the source. */
function tokenErrors(token: JsonObject | undefined, at: string, volume: string, options: PodOptions): Errors {
  if (token === undefined) return NONE;
  const seconds = whole(token, "expirationSeconds");
  const errors: FieldError[] = [];
  if (seconds < TOKEN_SECONDS_MIN)
    errors.push(invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > TOKEN_SECONDS_MAX)
    errors.push(invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds"));
  const file = text(token, "path");
  if (file === "") errors.push(required(`${volume}.path`));
  else if (!options.anyTokenPath) errors.push(...nonReserved(`${volume}.path`, file));
  return errors;
}

function ephemeral(source: JsonObject, path: string): Errors {
  const template = child(source, "volumeClaimTemplate");
  if (template === undefined) return [required(`${path}.volumeClaimTemplate`)];
  const at = `${path}.volumeClaimTemplate`;
  return [
    ...templateMetaErrors(child(template, "metadata"), `${at}.metadata`),
    ...claimSpecErrors(child(template, "spec") ?? {}, `${at}.spec`),
  ];
}
const image = (source: JsonObject, path: string, options: PodOptions): Errors => [
  ...(isPod(options) ? needs("reference")(source, path) : []),
  ...oneOf(`${path}.pullPolicy`, text(source, "pullPolicy"), ["Always", "IfNotPresent", "Never"], "required"),
];
