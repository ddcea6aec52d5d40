import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { asBuffer, type Bytes, concatBytes } from "../../base/index.js";
import { failure, type StatusError } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { BODY_BYTES_MAX, GZIP_BYTES_MIN } from "../verbs/index.js";

const compress = promisify(gzip);

export const tooLarge = (): StatusError =>
  failure("RequestEntityTooLarge", `Request entity too large: limit is ${BODY_BYTES_MAX}`, { details: {} });
export const wentAway = (): StatusError => failure("BadRequest", "the client went away", { details: {} });

const NOT_ASCII = /[^\x20-\x7e]/;
/** No header may carry control characters: what a client sent, quoted in a text, must neither end the line that it is on nor its answer. */
const CONTROL = /[^\t\x20-\x7e\x80-\u{10ffff}]/gu;
/** UTF-8 as headers carry it, a character a byte: texts in them may quote what a client sent, and any other form would be refused here. */
export const onTheWire = (value: string): string =>
  NOT_ASCII.test(value) ? Buffer.from(value.replace(CONTROL, " "), "utf8").toString("latin1") : value;

export type Field = readonly [string, string];

/** One field a value. */
export function fieldsOf(answer: ApiResponse): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of answer.headers) {
    if (typeof value === "string") fields.push([name, onTheWire(value)]);
    else for (const one of value) fields.push([name, onTheWire(one)]);
  }
  return fields;
}

export const lengthOf = (body: readonly Bytes[]): number => body.reduce((sum, bytes) => sum + bytes.length, 0);

const isGzip = (encoding: string): boolean => encoding.trim() === "gzip";
/** Large answers are compressed for those who accept it; as the original reads it, which knows no weights. */
export const wantsGzip = (answer: Extract<ApiResponse, { kind: "bytes" }>, accepts: string | undefined): boolean =>
  lengthOf(answer.body) >= GZIP_BYTES_MIN && !answer.headers.has("content-encoding") && (accepts ?? "").split(",").some(isGzip);
export const GZIP_FIELDS: readonly Field[] = [
  ["content-encoding", "gzip"],
  ["vary", "Accept-Encoding"],
];
export const gzipped = (body: readonly Bytes[]): Promise<Bytes> => compress(asBuffer(concatBytes(body)), { level: 1 });
