import type { Bytes } from "../../base/index.js";
import { utf8 } from "../../base/index.js";
import type { Json, JsonObject, KubeObject } from "../meta/index.js";
import { decodeMessage, readEnvelope } from "./envelope.js";
import { type Decoded, type DecodeOptions, decodeParsed, encodeJson, parseJsonBody } from "./json.js";
import { encodeProtobuf } from "./protobuf-write.js";
import type { KindSchema } from "./types.js";
import { encodeYaml, parseYamlBody, yamlProblems } from "./yaml.js";

export type BodyFormat = "json" | "yaml" | "protobuf";

/** A body that has been read as far as its kind: whoever serves it looks at that before it is decoded. */
export interface Body {
  /** "" where the body does not say. */
  readonly apiVersion: string;
  readonly kind: string;
  /** As it was read, before its meaning; undefined in protobuf. */
  readonly value: Json | undefined;
  /** Throws DecodeError of kind "type" (protobuf: "syntax" too). Without defaults. */
  readonly decode: (kind: KindSchema, options: DecodeOptions) => Decoded;
}

/** Throws DecodeError of kind "kind" or "syntax". */
export function readBody(bytes: Bytes, format: BodyFormat): Body {
  if (format === "protobuf") {
    const { apiVersion, kind, object } = readEnvelope(bytes);
    return { apiVersion, kind, value: undefined, decode: (schema) => ({ object: decodeMessage(object, schema), problems: [] }) };
  }
  const parsed = format === "json" ? parseJsonBody(bytes) : parseYamlBody(bytes);
  const { apiVersion, kind } = parsed;
  return {
    apiVersion,
    kind,
    value: parsed.value,
    decode: (schema, options) => decodeParsed({ ...parsed, problems: yamlProblems(parsed.problems, options) }, schema, options),
  };
}

/** Both at once, for who takes the body for what it should be; `apiVersion` and `kind` are what it says. */
export function decodeBody(
  bytes: Bytes,
  format: BodyFormat,
  kind: KindSchema,
  options: DecodeOptions,
): Decoded & Pick<Body, "apiVersion" | "kind"> {
  const body = readBody(bytes, format);
  return { ...body.decode(kind, options), apiVersion: body.apiVersion, kind: body.kind };
}

/** JSON ends in a line break, as Kubernetes' encoder writes it. */
export function encodeBody(object: KubeObject | JsonObject, format: BodyFormat, kind: KindSchema): Bytes {
  if (format === "protobuf") return encodeProtobuf(object, kind);
  return utf8(format === "json" ? `${encodeJson(object as JsonObject)}\n` : encodeYaml(object as JsonObject));
}
