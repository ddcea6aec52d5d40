import { type Bytes, utf8Text } from "../../base/index.js";
import { isObject, type Json, type JsonObject, type KubeObject } from "../meta/index.js";
import { BuiltinSchema } from "./build.js";
import { decodeCustom } from "./custom.js";
import { DecodeError } from "./errors.js";
import { Decoding, type FieldValidation, normalize, withoutExact, wordOf } from "./normalize.js";
import { type ParsedText, parseJsonText } from "./parse.js";
import type { KindSchema, Schema } from "./types.js";

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
}
export interface Decoded {
  /** In its normal form, the caller's own. Without defaults. */
  readonly object: KubeObject;
  /** 'unknown field "spec.foo"', 'duplicate field "spec.x[0].name"': empty with "ignore". */
  readonly problems: readonly string[];
}

/** A body whose text has been read, and not yet its meaning: first one looks what kind it says it is. */
export interface ParsedBody {
  readonly value: Json;
  /** "" where the body does not say. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly parsed: ParsedText;
  /** Problems of the text itself (YAML's repeated keys); they come before those of decoding. */
  readonly problems: readonly string[];
}

const asText = (body: Bytes | string): string => (typeof body === "string" ? body : utf8Text(body));
const HEADER_TYPE = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const noKind = (message: string): DecodeError => new DecodeError("kind", `couldn't get version/kind; json parse error: ${message}`);

/** Throws DecodeError of kind "kind", as Kubernetes does: it looks for the kind first, so broken text is found there. */
export function parseJsonBody(body: Bytes | string): ParsedBody {
  try {
    return describeBody(parseJsonText(asText(body)), []);
  } catch (error) {
    throw error instanceof DecodeError && error.kind === "syntax" ? noKind(error.message) : error;
  }
}

export function describeBody(parsed: ParsedText, problems: readonly string[]): ParsedBody {
  const value = parsed.value;
  if (value === null) return { value: {}, apiVersion: "", kind: "", parsed: { value: {}, repeated: parsed.repeated }, problems };
  if (typeof value !== "object" || Array.isArray(value))
    throw noKind(`json: cannot unmarshal ${wordOf(value)} into Go value of type ${HEADER_TYPE}`);
  return { value, apiVersion: headerText(value, "apiVersion"), kind: headerText(value, "kind"), parsed, problems };
}
/** Here, other than in objects, case makes no difference: the last one that is alike counts. */
function headerText(value: JsonObject, field: "apiVersion" | "kind"): string {
  let text = "";
  for (const key of Object.keys(value)) {
    if (key.length !== field.length || key.toLowerCase() !== field.toLowerCase()) continue;
    const given = value[key] ?? null;
    if (typeof given === "string") text = given;
    else if (given !== null) throw noKind(`json: cannot unmarshal ${wordOf(given)} into Go struct field .${field} of type string`);
  }
  return text;
}

/** Throws DecodeError of kind "type". apiVersion and kind become those of `kind`. */
export function decodeParsed(body: ParsedBody, kind: KindSchema, options: DecodeOptions): Decoded {
  const decoding = new Decoding({ repeated: body.parsed.repeated, fieldValidation: options.fieldValidation });
  const object = kind.root instanceof BuiltinSchema ? normalize(kind.root, body.value, decoding) : decodeCustom(kind, body.value, decoding);
  if (decoding.error !== undefined) throw new DecodeError("type", decoding.error);
  checkConversion(kind, object as Json | undefined);
  const problems = options.fieldValidation === "ignore" ? [] : [...body.problems, ...decoding.problems];
  return { object: withKind(object as KubeObject, kind), problems };
}
/** An annotation that stands for a number of the original's internal form, so converting to that fails. */
const GENERATION = "deprecated.daemonset.template.generation";
function checkConversion(kind: KindSchema, object: Json | undefined): void {
  if (kind.gvk.kind !== "DaemonSet" || !isObject(object) || !isObject(object["metadata"])) return;
  const annotations = object["metadata"]["annotations"];
  const text = isObject(annotations) ? annotations[GENERATION] : undefined;
  if (typeof text === "string" && !/^[+-]?\d{1,18}$/.test(text))
    throw new DecodeError("type", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
/** Both keys stand first in every printed object: a body that had them has them there already. */
function withKind(object: KubeObject, kind: KindSchema): KubeObject {
  const { group, version, kind: name } = kind.gvk;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  if (object.apiVersion === apiVersion && object.kind === name) return object;
  const { apiVersion: _, kind: __, ...rest } = object;
  return { kind: name, apiVersion, ...rest } as KubeObject;
}

export const decodeJson = (body: Bytes | string, kind: KindSchema, options: DecodeOptions): Decoded =>
  decodeParsed(parseJsonBody(body), kind, options);

/** The normal form of a value that came from elsewhere (a patch's result, a webhook's answer). Never changes or shares what it is given,
 *  but for untyped parts (RawExtension). Throws DecodeError. */
export function toNormalForm(value: Json, kind: KindSchema, options: DecodeOptions): Decoded {
  return decodeParsed(describeBody({ value, repeated: new Map() }, []), kind, options);
}
/** A part of an object by its schema: for who has only that. Throws DecodeError. */
export function normalForm(value: Json, schema: Schema): Json {
  const decoding = new Decoding({ repeated: new Map(), fieldValidation: "ignore" });
  const normal = normalize(schema, value, decoding);
  if (decoding.error !== undefined) throw new DecodeError("type", decoding.error);
  return normal ?? null;
}

/** JSON that this program stored: nobody repeats a key in it or writes 1.0. Whole numbers beyond 2^53 are still whole. */
export function decodeStoredJson(text: string): KubeObject {
  return (/\d{16}/.test(text) ? withoutExact(parseJsonText(text).value) : JSON.parse(text)) as KubeObject;
}

/** An object in its normal form as text: JSON.stringify does all of it, but for integers beyond 2^53. */
export function encodeJson(object: Json | KubeObject, _kind?: KindSchema): string {
  try {
    return JSON.stringify(object);
  } catch (error) {
    if (error instanceof TypeError) return withBigints(object as Json);
    throw error;
  }
}
function withBigints(value: Json): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(withBigints).join(",")}]`;
  const parts = Object.keys(value).map((key) => `${JSON.stringify(key)}:${withBigints(value[key] as Json)}`);
  return `{${parts.join(",")}}`;
}
