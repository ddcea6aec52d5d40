import { badRequest, failure } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import type { Exchange } from "../verbs/index.js";
import { admitConnect } from "./admission.js";
import { logAction } from "./log.js";
import type { StreamParts } from "./parts.js";
import { proxied, proxyAction } from "./proxy.js";
import { tunnelAction } from "./upgrade.js";

export { type NodeTls, Outgoings } from "./outgoing.js";
export type { StreamParts } from "./parts.js";

const PROXIED = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

/** Subresources whose answer comes from a node or a pod; undefined: none of them. */
export function streamAction(x: Exchange, parts: StreamParts): Promise<ApiResponse> | undefined {
  const sub = x.found.row.subresources.find((s) => s.name === x.info.subresource);
  if (sub?.kind !== "connect") return undefined;
  const { method } = x.request;
  if (sub.name === "log") return method === "GET" ? logAction(x, parts) : undefined;
  if (x.info.query.has("dryRun")) return Promise.reject(badRequest("dryRun is not supported"));
  if (sub.name === "proxy") {
    if (!PROXIED.has(method)) return undefined;
    return admitConnect(x, sub, proxied(x.request.url).path).then(() => proxyAction(x, parts));
  }
  if (method !== "GET" && method !== "POST") {
    const text = "the server does not allow this method on the requested resource";
    return Promise.reject(failure("MethodNotAllowed", text, { details: {} }));
  }
  const { name } = sub;
  return admitConnect(x, sub, "").then(() => tunnelAction(x, name, parts));
}
