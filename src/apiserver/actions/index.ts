import type { ApiResponse, Authorizer } from "../chain/index.js";
import type { ObjectReader } from "../resources/index.js";
import type { Exchange } from "../verbs/index.js";
import { componentStatuses } from "./component-statuses.js";
import { bindAction, evictAction } from "./pods.js";
import { reviewAction, type TokenCheck } from "./reviews.js";
import { scaleAction } from "./scale.js";
import { type Issuer, tokenRequest } from "./token-request.js";

export interface ActionParts {
  readonly reader: ObjectReader;
  readonly authorizers: readonly Authorizer[];
  readonly tokens: TokenCheck;
  readonly issuer: Issuer;
}

/** What is no reading and writing of stored objects; undefined: not here. */
export function actionFor(x: Exchange, parts: ActionParts): Promise<ApiResponse> | undefined {
  const sub = x.found.row.subresources.find((s) => s.name === x.info.subresource);
  if (sub && !(sub.verbs as readonly string[]).includes(x.info.verb)) return undefined;
  if (sub?.kind === "scale") return scaleAction(x);
  if (sub?.kind === "action" && sub.name === "binding") return bindAction(x);
  if (sub?.kind === "action" && sub.name === "eviction") return evictAction(x, parts.reader);
  if (sub?.kind === "action" && sub.name === "token") return tokenRequest(x, parts.reader, parts.issuer);
  if (x.found.row.group === "" && x.found.row.resource === "bindings" && x.info.verb === "create") return bindAction(x);
  const isRead = x.info.verb === "get" || x.info.verb === "list";
  if (x.found.row.group === "" && x.found.row.resource === "componentstatuses" && isRead) return componentStatuses(x, parts.reader);
  return reviewAction(x, parts);
}
