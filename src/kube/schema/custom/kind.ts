import type { GroupVersionKind, Json, JsonObject, KubeObject } from "../../meta/index.js";
import { DecodeError } from "../errors.js";
import type { KindSchema, ObjectSchema } from "../types.js";
import { applySchemaDefaults } from "./defaults.js";
import { coerceEmbedded } from "./embedded.js";
import { prune, pruneNulls } from "./prune.js";
import { NOTHING, type Structural } from "./structural.js";
import { objectOf } from "./typed.js";

/** What a kind's definition says of one version: looked up when first asked, since most kinds are never used. */
export interface CustomSource {
  /** undefined: no schema, so nothing is known of the fields. */
  schema(): Structural | undefined;
  /** Of old definitions: nothing is pruned. */
  readonly preservesUnknown: boolean;
  /** In OpenAPI: "com.example.v1.Widget". */
  readonly typeName: string;
}

/** One version of a custom kind. */
export class CustomKind implements KindSchema {
  readonly gvk: GroupVersionKind;
  readonly protobuf = false;
  readonly source: CustomSource;
  #structural: Structural | undefined;
  #root: ObjectSchema | undefined;
  constructor(gvk: GroupVersionKind, source: CustomSource) {
    this.gvk = gvk;
    this.source = source;
  }

  get structural(): Structural {
    this.#structural ??= this.source.schema() ?? NOTHING;
    return this.#structural;
  }
  get root(): ObjectSchema {
    this.#root ??= objectOf(this.structural, { name: this.source.typeName, keepsUnknown: this.source.preservesUnknown });
    return this.#root;
  }

  /** What the schema makes of an object's fields, in place: unknown ones and lost nulls go, embedded resources take their form. Gives the
   *  paths of what is not known. Throws DecodeError of kind "type". */
  settle(object: JsonObject, options: { readonly dropInvalid: boolean }): readonly string[] {
    const gone = this.source.preservesUnknown ? [] : prune(object, this.structural, { isRoot: true });
    if (!this.source.preservesUnknown) pruneNulls(object, this.structural);
    const embedded: string[] = [];
    const { metadata, ...rest } = object;
    coerceEmbedded(rest as Json, this.structural, "", { dropInvalid: options.dropInvalid, unknown: embedded });
    Object.assign(object, rest);
    if (metadata !== undefined) object["metadata"] = metadata;
    return [...gone, ...embedded.sort()];
  }
  applyDefaults(object: KubeObject): void {
    const { metadata, ...rest } = object;
    applySchemaDefaults(rest as Json, this.structural);
    Object.assign(object, rest);
    object.metadata = metadata;
  }
}

/** Both header fields must be text, whatever the schema says. */
export function checkHeader(object: JsonObject): void {
  for (const field of ["kind", "apiVersion"]) {
    const value = object[field];
    if (value === undefined || typeof value === "string") continue;
    throw new DecodeError("type", `.${field} accessor error: ${String(value)} is of the wrong type, expected string`);
  }
}
