import { readFileSync } from "node:fs";
import { type Bytes, hexId, type LeaseId, leaseId, NO_BYTES, NO_LEASE, utf8 } from "../base/index.js";
import {
  type Compare,
  type DeleteRangeRequest,
  type KeyRange,
  type KeyValue,
  prefixEnd,
  putRequest,
  type RequestOp,
  rangeRequest,
  type WatchEvent,
} from "../etcd/api/index.js";
import { CliError } from "./errors.js";

export interface RangeFlags {
  readonly prefix?: boolean;
  readonly fromKey?: boolean;
}
export function keyRange(key: string, end: string | undefined, flags: RangeFlags): KeyRange {
  const at = utf8(key);
  if (flags.prefix) return at.length === 0 ? { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) } : { key: at, rangeEnd: prefixEnd(at) };
  if (flags.fromKey) return { key: at.length === 0 ? Uint8Array.of(0) : at, rangeEnd: Uint8Array.of(0) };
  return { key: at, rangeEnd: end === undefined ? NO_BYTES : utf8(end) };
}

export const deleteRequest = (range: KeyRange, prevKv = false): DeleteRangeRequest => ({ kind: "deleteRange", prevKv, ...range });

/** Lease ids are hexadecimal, as etcdctl writes them. */
export function leaseOf(text: string): LeaseId {
  if (!/^[0-9a-fA-F]{1,16}$/.test(text))
    throw new CliError("TE0002", `${text} is not a lease id: write it in hexadecimal`, { fix: "trimast kv lease list" });
  return leaseId(BigInt(`0x${text}`));
}

/** The value of a put: the argument, or standard input when there is none. */
export const putValue = (argument: string | undefined): Bytes => (argument === undefined ? readFileSync(0) : utf8(argument));

export function wholeNumber(text: string | undefined, what: string): number {
  if (text === undefined) return 0;
  const n = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(n))
    throw new CliError("TE0002", `${what} ${text} is not a whole number`, { fix: "write digits" });
  return n;
}

// ---------------------------------------------------------------- out

/** Text where the bytes are text; base64 under another name where they are not. */
function textField(name: string, bytes: Bytes): Record<string, string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer) ? { [name]: text } : { [`${name}Base64`]: buffer.toString("base64") };
}
export const kvJson = (kv: KeyValue) => ({
  ...textField("key", kv.key),
  ...textField("value", kv.value),
  createRevision: kv.createRevision,
  modRevision: kv.modRevision,
  version: kv.version,
  ...(kv.lease === NO_LEASE ? {} : { lease: hexId(kv.lease) }),
});
export const eventJson = (e: WatchEvent) => ({ type: e.type, kv: kvJson(e.kv), ...(e.prevKv ? { prevKv: kvJson(e.prevKv) } : {}) });
export const raw = (bytes: Bytes): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");

// ---------------------------------------------------------------- transactions

const TARGETS: Readonly<Record<string, "version" | "create" | "mod" | "value" | "lease">> = {
  ver: "version",
  version: "version",
  c: "create",
  create: "create",
  m: "mod",
  mod: "mod",
  val: "value",
  value: "value",
  lease: "lease",
};
const RESULTS = { "=": "equal", "!=": "notEqual", "<": "less", ">": "greater" } as const;

/** etcdctl's words: `mod("key") > "5"`, `value(key) = "x"`. */
export function parseCompare(text: string): Compare {
  const match = /^\s*(\w+)\s*\((.+?)\)\s*(!=|=|<|>)\s*(.*?)\s*$/.exec(text);
  const target = TARGETS[match?.[1] ?? ""];
  if (!match || target === undefined) {
    throw new CliError("TE0002", `${text} is not a comparison`, { fix: `write version(key) = 0, mod(key) > 5 or value(key) = "text"` });
  }
  const [, , key = "", sign = "=", operand = ""] = match;
  const at = { key: utf8(unquoted(key)), rangeEnd: NO_BYTES, result: RESULTS[sign as keyof typeof RESULTS] };
  const value = unquoted(operand);
  if (target === "value") return { ...at, target: { kind: "value", value: utf8(value) } };
  if (target === "lease") return { ...at, target: { kind: "lease", lease: value === "0" ? NO_LEASE : leaseOf(value) } };
  return { ...at, target: { kind: target, number: wholeNumber(value, "the comparison's number") } };
}

/** `put key value`, `get key [--prefix]`, `del key [--prefix]`. */
export function parseOperation(text: string): RequestOp {
  const words = shellWords(text);
  const flags = words.filter((w) => w.startsWith("--"));
  const [verb, key, value] = words.filter((w) => !w.startsWith("--"));
  const range = { prefix: flags.includes("--prefix"), fromKey: flags.includes("--from-key") };
  if (key !== undefined && verb === "put" && value !== undefined) return putRequest({ key: utf8(key), value: utf8(value) });
  if (key !== undefined && verb === "get") return rangeRequest(keyRange(key, value, range));
  if (key !== undefined && verb === "del") return deleteRequest(keyRange(key, value, range));
  throw new CliError("TE0002", `${text} is not an operation`, { fix: "write put KEY VALUE, get KEY or del KEY" });
}

const unquoted = (text: string): string => shellWords(text)[0] ?? "";

/** Words with double or single quotes around those that hold spaces. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)) {
    words.push(match[1] !== undefined ? match[1].replace(/\\(.)/g, "$1") : (match[2] ?? match[3] ?? ""));
  }
  return words;
}
