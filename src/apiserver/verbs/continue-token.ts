import { badRequest } from "../../kube/meta/index.js";
import { CONTINUE_TOKEN_BYTES_MAX } from "./limits.js";

/** Where a list goes on: at the revision of its first page (-1: whatever is there now), from a key below the prefix. */
export interface ContinueAt {
  readonly revision: number;
  readonly from: string;
}
const VERSION = "meta.k8s.io/v1";

export function encodeContinue(at: ContinueAt, prefix: string): string {
  const start = at.from.slice(prefix.length);
  return Buffer.from(JSON.stringify({ v: VERSION, rv: at.revision, start })).toString("base64url");
}

/** Bytes from a client: 400 for what is no token. `from` is below `prefix` in any case. */
export function decodeContinue(token: string, prefix: string): ContinueAt {
  const bad = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  if (token.length > CONTINUE_TOKEN_BYTES_MAX) throw bad("it is too long");
  if (!/^[A-Za-z0-9_-]*=*$/.test(token)) throw bad(`illegal base64 data at input byte ${token.search(/[^A-Za-z0-9_-]/)}`);
  let value: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    value = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw bad("invalid character 'x' looking for beginning of value");
  }
  if (typeof value !== "object" || value === null || value.v !== VERSION)
    throw bad(`server does not recognize this encoded version ${String(value?.v ?? "")}`);
  if (typeof value.rv !== "number" || !Number.isSafeInteger(value.rv) || value.rv === 0) {
    throw bad(`incorrect encoded start resourceVersion (version ${VERSION})`);
  }
  if (typeof value.start !== "string" || value.start === "") throw bad(`encoded start key empty (version ${VERSION})`);
  if (value.start.split("/").some((s) => s === ".." || s === ".") || value.start.startsWith("/")) throw bad(`${value.start}`);
  return { revision: value.rv, from: prefix + value.start };
}
