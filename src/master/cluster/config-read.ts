import { isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from "yaml";
import { ConfigError } from "./config-error.js";
import { parseDuration } from "./duration.js";
import { nearest } from "./nearest.js";

/** A configuration file while it is read: every refusal names its line and column. */
export interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
}
type FieldKind = "string" | "integer" | "boolean" | "duration" | "bytes" | "address" | "map" | "list";
export type Fields = Readonly<Record<string, FieldKind>>;

export function fail(reading: Reading, node: Node | null | undefined, what: string): ConfigError {
  const at = node?.range ? reading.lines.linePos(node.range[0]) : { line: 1, col: 1 };
  return new ConfigError(reading.file, at, what);
}

export function asMap(reading: Reading, node: Node | null, what: string): YAMLMap {
  if (!isMap(node)) throw fail(reading, node, `${what} must be a mapping of keys to values`);
  return node;
}

export function optionalMap(reading: Reading, parent: YAMLMap, key: string, fields: Fields): YAMLMap | undefined {
  const node = parent.get(key, true) as Node | undefined;
  if (node === undefined) return undefined;
  const map = asMap(reading, node, `\`${key}\``);
  checkKeys(reading, map, fields);
  return map;
}

export function checkKeys(reading: Reading, map: YAMLMap, fields: Fields): void {
  for (const { key } of map.items) {
    const name = isScalar(key) ? String(key.value) : "";
    if (name in fields) continue;
    const near = nearest(name, Object.keys(fields));
    throw fail(
      reading,
      key as Node,
      `unknown key \`${name}\`${near === undefined ? `: known are ${Object.keys(fields).join(", ")}` : `: did you mean \`${near}\`?`}`,
    );
  }
}

export function expectText(reading: Reading, map: YAMLMap, key: string, expected: string): void {
  const value = text1(map, key);
  if (value === expected) return;
  const node = (map.get(key, true) as Node | undefined) ?? map;
  throw fail(
    reading,
    node,
    value === undefined ? `\`${key}: ${expected}\` is missing` : `${key} is ${value}: this version reads ${expected}`,
  );
}

export function text1(map: YAMLMap | undefined, key: string): string | undefined {
  const value = map?.get(key);
  return value === undefined || value === null ? undefined : String(value);
}

/** host:port gets the scheme that its side speaks; an address may name its own. */
export function address(reading: Reading, map: YAMLMap, key: string, scheme: "http" | "https" = "http"): string | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  if (/^unixs?:\/\/\S+$/.test(value)) return value;
  const match = /^(?:(https?):\/\/)?((?:\[[0-9a-fA-F:]+\])|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(value);
  if (!match || Number(match[3]) > 65_535) throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not host:port`);
  return `${match[1] ?? scheme}://${match[2]}:${match[3]}`;
}

/** A list of texts, or one of them alone. */
export function texts(reading: Reading, map: YAMLMap, key: string): readonly string[] {
  const node = map.get(key, true) as Node | undefined;
  if (node === undefined) return [];
  if (isScalar(node)) return [String(node.value)];
  if (isSeq(node) && node.items.every(isScalar)) return node.items.map((i) => String((i as { value: unknown }).value));
  throw fail(reading, node, `${key}: write a list of texts`);
}

export function integer(reading: Reading, map: YAMLMap, key: string): number | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
    throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not a whole number`);
  return Number(value);
}

export function flag(reading: Reading, map: YAMLMap, key: string): boolean | undefined {
  const value = map.get(key);
  if (value === undefined || typeof value === "boolean") return value;
  throw fail(reading, map.get(key, true) as Node, `${key}: write true or false`);
}

export function duration(reading: Reading, map: YAMLMap, key: string): number | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not a duration such as 100ms, 5s, 10m or 1h`);
  return ms;
}

const UNITS_BYTES: Readonly<Record<string, number>> = { "": 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };
export function byteSize(reading: Reading, map: YAMLMap, key: string): number | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  const match = /^(\d+)(Ki|Mi|Gi|)$/.exec(value);
  if (!match) throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not a size such as 1500000, 512Mi or 2Gi`);
  return Number(match[1]) * (UNITS_BYTES[match[2] as string] as number);
}
