import { asBuffer, type Bytes, utf8 } from "../../base/index.js";
import { apiVersionOf, type KubeObject, type ObjectMeta } from "../../kube/meta/index.js";
import { decodeProtobuf, decodeStoredJson, encodeJson, type KindSchema, mirrorAliases, zeroOf } from "../../kube/schema/index.js";
import type { ResourceRow, ServedVersion, StoredAs } from "../resources/index.js";
import { formatOf, type WriteOptions, withoutRevision } from "../storage/index.js";
import type { Target, Writer } from "./types.js";

/** Bytes of the store to and from objects of the stored version. */
export class StoredObjects {
  readonly #schema: () => KindSchema;
  readonly #convert: StoredAs["convert"];
  constructor(schema: () => KindSchema, convert?: StoredAs["convert"]) {
    this.#schema = schema;
    this.#convert = convert;
  }
  readonly decode = (value: Bytes): KubeObject => {
    if (formatOf(value) === "protobuf") return decodeProtobuf(value, this.#schema());
    const object = decodeStoredJson(asBuffer(value).toString("utf8"));
    return this.#convert?.read(object) ?? object;
  };
  /** Fields that show others' values, and those that Kubernetes always prints, where a strategy or admission changed or took away the
   *  value: "status": {}. Changes `object`. */
  complete(object: KubeObject): void {
    mirrorAliases(this.#schema(), object);
    for (const field of this.#schema().root.fields.values()) {
      if (!field.omitEmpty && !field.pointer && object[field.name] === undefined) object[field.name] = zeroOf(field.schema);
    }
  }
  encode(object: KubeObject): Bytes {
    // Kind, version and metadata first: a list's items begin behind the first two, and the revision goes into the third.
    const plain = withoutRevision(object);
    const { kind, apiVersion, metadata, ...rest } = this.#convert?.write(plain) ?? plain;
    return utf8(encodeJson({ kind, apiVersion, metadata: ordered(metadata), ...rest }));
  }
}

const META_ORDER = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
] as const;
/** Go's order of fields. What the registry set by itself stands where it belongs. */
export function ordered(metadata: ObjectMeta): ObjectMeta {
  const result: { [key: string]: unknown } = {};
  for (const field of META_ORDER) if (metadata[field] !== undefined) result[field] = metadata[field];
  return result as ObjectMeta;
}

/** By the stored schema, which two resources may share; by the row where objects are converted. */
const STORED = new WeakMap<object, StoredObjects>();
/** How an object of this kind is written, and under what condition. */
export const writeOptions = (target: Target, writer: Writer): WriteOptions => ({
  ttlSeconds: target.row.stored?.ttlSeconds,
  fence: writer.fence,
});

export function storedObjects(row: ResourceRow): StoredObjects {
  const schema = row.stored?.schema ?? (row.versions[0] as ServedVersion).schema;
  const key = row.stored?.convert === undefined ? schema() : row;
  const found = STORED.get(key) ?? new StoredObjects(schema, row.stored?.convert);
  STORED.set(key, found);
  return found;
}

const isStored = (row: ResourceRow, version: ServedVersion): boolean => {
  const stored = row.stored?.schema().gvk;
  return stored === undefined || (stored.group === row.group && stored.version === version.name);
};
const renamed = (o: KubeObject, apiVersion: string): KubeObject => ({ ...o, apiVersion });

/** To the version that was asked for. */
export async function fromStored(row: ResourceRow, version: ServedVersion, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  if (version.conversion) return version.conversion.fromStored(objects);
  if (isStored(row, version)) return objects;
  return objects.map((o) => renamed(o, apiVersionOf({ group: row.group, version: version.name })));
}
/** To the stored version. */
export async function toStored(row: ResourceRow, version: ServedVersion, object: KubeObject): Promise<KubeObject> {
  if (version.conversion) return (await version.conversion.toStored([object]))[0] as KubeObject;
  if (isStored(row, version)) return object;
  return renamed(object, apiVersionOf((row.stored as NonNullable<typeof row.stored>).schema().gvk));
}
/** The stored version's bytes can be handed out as they are. */
export const showsStored = (row: ResourceRow, version: ServedVersion): boolean =>
  !version.conversion && row.stored?.convert === undefined && isStored(row, version);
