import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  Scalar,
  stringify,
  type YAMLMap,
} from "yaml";
import { type Bytes, utf8Text } from "../../base/index.js";
import { isObject, type Json, type JsonObject, type KubeObject, setKey } from "../meta/index.js";
import { DecodeError } from "./errors.js";
import { type Decoded, type DecodeOptions, decodeParsed, describeBody, type ParsedBody } from "./json.js";
import { NESTING_MAX, YAML_NODES_MAX } from "./limits.js";
import type { KindSchema } from "./types.js";

const broken = (message: string): DecodeError => new DecodeError("kind", `yaml: ${message}`);

/** Plain scalars as YAML 1.1 of the original reads them: y and on are true, 010 is eight, 1_000 is a thousand, dates are text. */
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((w) => [w, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((w) => [w, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((w) => [w, null] as const),
]);
const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function plain(text: string): Json {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const digits = text.replaceAll("_", "");
  const integer = INTEGER.exec(digits);
  if (integer !== null) return wholeNumber(integer[1] === "-", integer[2] ?? "0");
  if (FLOAT.test(digits) && /[\d.+-]/.test(text[0] ?? "")) return Number(digits);
  if (NOT_FINITE.test(text)) throw broken("unsupported value");
  return text;
}
function wholeNumber(negative: boolean, digits: string): Json {
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = negative ? -BigInt(octal) : BigInt(octal);
  if (Number.isSafeInteger(Number(value))) return Number(value);
  return BigInt.asIntN(64, value) === value ? value : Number(value);
}

/** One document on its way to JSON: what it repeats, and how much its aliases have made of it. */
class Conversion {
  readonly #lines: LineCounter;
  readonly repeated: string[] = [];
  /** The nearest one before; the library's own search goes through the document for every alias. */
  readonly #anchors = new Map<string, unknown>();
  #aliases = 0;
  #expanded = 0;
  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  value(node: unknown, depth: number): Json {
    if (depth > NESTING_MAX) throw broken("exceeded max depth");
    if (isAlias(node)) return this.#alias(node, depth);
    if (this.#aliases > 0) this.#expanded++;
    if (this.#expanded > YAML_NODES_MAX) throw broken("document contains excessive aliasing");
    if (isNode(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) return node.items.map((item) => this.value(item, depth + 1));
    return isScalar(node) ? this.#scalar(node) : null;
  }
  #alias(alias: Alias, depth: number): Json {
    const node = this.#anchors.get(alias.source);
    if (node === undefined) throw broken(`unknown anchor '${alias.source}' referenced`);
    this.#aliases++;
    const value = this.value(node, depth + 1);
    this.#aliases--;
    return value;
  }
  #scalar(node: Scalar): Json {
    const text = typeof node.value === "string" ? node.value : "";
    if (node.tag === "tag:yaml.org,2002:str" || node.tag === "!") return text;
    if (node.tag === "tag:yaml.org,2002:binary") return Buffer.from(text, "base64").toString("utf8");
    return node.type === Scalar.PLAIN || node.type === undefined ? plain(text) : text;
  }

  #map(node: YAMLMap, depth: number): JsonObject {
    const found = new Map<string, Json>();
    for (const pair of node.items) {
      if (isMerge(pair)) {
        this.#merge(pair, found, depth);
        continue;
      }
      const key = this.#key(pair.key, depth);
      if (found.has(key)) this.repeated.push(`line ${this.#line(pair)}: key ${JSON.stringify(key)} already set in map`);
      found.set(key, this.value(pair.value, depth + 1));
    }
    // The original goes through a JSON text, whose keys are sorted: so problems come in that order.
    const object: JsonObject = {};
    for (const key of [...found.keys()].sort()) setKey(object, key, found.get(key) as Json);
    return object;
  }
  #merge(pair: Pair, found: Map<string, Json>, depth: number): void {
    const value = this.value(pair.value, depth + 1);
    for (const source of Array.isArray(value) ? value : [value]) {
      if (!isObject(source)) throw broken("map merge requires map or sequence of maps as the value");
      for (const key of Object.keys(source)) if (!found.has(key)) found.set(key, source[key] as Json);
    }
  }
  #key(node: unknown, depth: number): string {
    const key = this.value(node, depth + 1);
    if (typeof key === "object") throw broken("unsupported map key");
    return String(key);
  }
  #line(pair: Pair): number {
    const at = rangeOf(pair.value) ?? rangeOf(pair.key) ?? 0;
    return this.#lines.linePos(at).line;
  }
}
const isMerge = (pair: Pair): boolean => isScalar(pair.key) && pair.key.value === "<<" && pair.key.type === Scalar.PLAIN;
function rangeOf(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  return node.range?.[0];
}

/** The first document as JSON; the rest is not looked at. Throws DecodeError of kind "kind". */
export function parseYamlBody(body: Bytes | string): ParsedBody {
  const { value, repeated } = parseYaml(body);
  return describeBody({ value, repeated: new Map() }, repeated);
}
/** Of any value; `repeated`: a text for each key that stands twice. Throws DecodeError of kind "kind". */
export function parseYaml(body: Bytes | string): { readonly value: Json; readonly repeated: readonly string[] } {
  const text = typeof body === "string" ? body : utf8Text(body);
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent", lineCounter: lines, version: "1.1" });
  const error = document.errors[0];
  if (error !== undefined) throw broken(`line ${error.linePos?.[0].line ?? 0}: ${error.code}`);
  const conversion = new Conversion(lines);
  return { value: conversion.value(document.contents, 0), repeated: conversion.repeated };
}

/** Repeated keys are one problem of many lines to who is strict, and a warning each to who is not. */
export function yamlProblems(repeated: readonly string[], options: DecodeOptions): readonly string[] {
  if (repeated.length === 0 || options.fieldValidation === "warn") return repeated;
  return [`yaml: unmarshal errors:\n  ${repeated.join("\n  ")}`];
}

export function decodeYaml(body: Bytes | string, kind: KindSchema, options: DecodeOptions): Decoded {
  const parsed = parseYamlBody(body);
  return decodeParsed({ ...parsed, problems: yamlProblems(parsed.problems, options) }, kind, options);
}

/** Keys sorted, lists not indented: as Kubernetes prints YAML. */
export function encodeYaml(object: Json | KubeObject): string {
  const text = stringify(object, { version: "1.1", sortMapEntries: true, indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false });
  // The library takes a lone dot for a number of old; managed fields are full of them.
  return text.replace(/^(\s*(?:- )*)"\.":/gm, "$1.:");
}
