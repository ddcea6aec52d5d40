import type { HeaderList } from "../http2/index.js";

/** The head of a request. One object for all requests of a connection that bring the same block: what is found out about it may be kept with it. */
export interface HttpHead {
  readonly method: string;
  readonly path: string;
  /** Pseudo-headers included, as they came. */
  readonly headers: HeaderList;
  readonly contentLength: number | undefined;
}

/** RFC 9113 8.2: no upper case, nothing but visible ASCII; and what belongs to a HTTP/1.1 connection is malformed here. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** 8.2.1: no end of a line above all, which would begin a header of its own wherever it is passed on over HTTP/1.1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^[0-9]{1,15}$/;
const PSEUDO: ReadonlySet<string> = new Set([":path", ":method", ":scheme", ":authority"]);
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** undefined: malformed (RFC 9113 8.2 and 8.3). */
export function headOf(list: HeaderList): HttpHead | undefined {
  let path: string | undefined;
  let method: string | undefined;
  let contentLength: number | undefined;
  let fields = false;
  for (const [name, value] of list) {
    if (!NAME.test(name) || CONNECTION_FIELDS.has(name) || !VALUE.test(value)) return undefined;
    if (name.startsWith(":")) {
      // RFC 9113 8.3: known ones, once, before all others.
      if (fields || !PSEUDO.has(name) || (name === ":path" ? path : name === ":method" ? method : undefined) !== undefined)
        return undefined;
    } else fields = true;
    if (name === ":path") path = value;
    else if (name === ":method") method = value;
    else if (name === "content-length") {
      if (contentLength !== undefined || !LENGTH.test(value)) return undefined;
      contentLength = Number(value);
    }
  }
  if (path === undefined || method === undefined) return undefined;
  return { path, method, headers: list, contentLength };
}
