import { utf8 } from "../../base/index.js";
import type { ApiRequest } from "./types.js";
import { MASTERS, userOf } from "./users.js";

const SYSTEM = userOf("system:apiserver", [MASTERS]);

/** A request of the server's own: through the whole chain, as the user that the original's own client is. */
export function systemRequest(asked: {
  readonly method: "PUT" | "PATCH";
  readonly url: string;
  readonly type: string;
  readonly body: object;
}): ApiRequest {
  const headers: Readonly<Record<string, string>> = {
    "content-type": asked.type,
    accept: "application/json",
    "user-agent": "kube-apiserver",
  };
  return {
    method: asked.method,
    url: asked.url,
    header: (name) => headers[name],
    headerNames: () => Object.keys(headers),
    body: () => Promise.resolve(utf8(JSON.stringify(asked.body))),
    certificate: undefined,
    identity: SYSTEM,
    remoteAddress: "",
    signal: new AbortController().signal,
  };
}
