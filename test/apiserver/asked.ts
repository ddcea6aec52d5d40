import type { ApiRequest, ApiResponse, RequestInfo } from "../../src/apiserver/chain/index.js";
import { requestInfo } from "../../src/apiserver/chain/index.js";
import { utf8Text } from "../../src/base/index.js";

export interface Asked {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
}
/** A request as a transport would bring it. */
export function asked(url: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Asked {
  const request: ApiRequest = {
    method,
    url,
    header: (name) => headers[name],
    headerNames: () => Object.keys(headers),
    body: () => Promise.resolve(new Uint8Array(0)),
    certificate: undefined,
    identity: undefined,
    remoteAddress: "127.0.0.1",
    signal: new AbortController().signal,
  };
  return { request, info: requestInfo(method, url) };
}
export function answered(response: ApiResponse | undefined): {
  readonly code: number;
  readonly text: string;
  header(name: string): string | undefined;
  readonly bytes: Uint8Array;
} {
  if (response?.kind !== "bytes") throw new Error("no answer, or one that streams");
  const bytes = Buffer.concat(response.body);
  return { code: response.code, bytes, text: utf8Text(bytes), header: (name) => response.headers.get(name) as string | undefined };
}
