import { utf8 } from "../../base/index.js";
import type { Status, StatusError } from "../../kube/meta/index.js";
import type { ApiResponse, Headers } from "./types.js";

export const JSON_TYPE = "application/json";

export const bytesResponse = (code: number, type: string, body: Uint8Array | string, headers: Headers = new Map()): ApiResponse => ({
  kind: "bytes",
  code,
  headers: new Map([["content-type", type], ...headers]),
  body: [typeof body === "string" ? utf8(body) : body],
});
export const textResponse = (code: number, text: string, headers: Headers = new Map()): ApiResponse =>
  bytesResponse(code, "text/plain; charset=utf-8", text, headers);

/** Browsers and curl get it readable, as from the original; so does ?pretty. */
export function wantsPretty(userAgent: string | undefined, query: URLSearchParams): boolean {
  const asked = query.get("pretty");
  if (asked !== null && asked !== "") return asked === "1" || asked.toLowerCase() === "true" || asked.toLowerCase() === "t";
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? "");
}
export const jsonText = (value: unknown, pretty: boolean): string =>
  pretty ? JSON.stringify(value, null, 2) : `${JSON.stringify(value)}\n`;

export function statusResponse(status: Status, pretty: boolean, headers: Headers = new Map()): ApiResponse {
  const retry = status.details?.retryAfterSeconds;
  const all = retry === undefined || retry === 0 ? headers : new Map([...headers, ["retry-after", String(retry)] as const]);
  return bytesResponse(status.code, JSON_TYPE, jsonText(status, pretty), all);
}
export const errorResponse = (error: StatusError, pretty: boolean, headers?: Headers): ApiResponse =>
  statusResponse(error.status, pretty, headers);
