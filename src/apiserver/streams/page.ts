import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { deflateRaw, gunzip, gzip, inflateRaw } from "node:zlib";
import { asBuffer, type Bytes, concatBytes, fromLatin1, latin1 } from "../../base/index.js";
import { type ApiResponse, type Headers, streamed } from "../chain/index.js";
import { withLinks } from "./html.js";
import { HTML_BYTES_MAX } from "./limits.js";

const CODINGS = {
  "": { decode: async (bytes: Bytes): Promise<Bytes> => bytes, encode: async (bytes: Bytes): Promise<Bytes> => bytes },
  gzip: { decode: (bytes: Bytes) => promisify(gunzip)(asBuffer(bytes), MAX), encode: (bytes: Bytes) => promisify(gzip)(asBuffer(bytes)) },
  deflate: {
    decode: (bytes: Bytes) => promisify(inflateRaw)(asBuffer(bytes), MAX),
    encode: (bytes: Bytes) => promisify(deflateRaw)(asBuffer(bytes)),
  },
} as const;
const MAX = { maxOutputLength: HTML_BYTES_MAX };
const isCoding = (name: unknown): name is keyof typeof CODINGS => typeof name === "string" && Object.hasOwn(CODINGS, name);

/** A page of HTML is held until it is whole, and its links are rewritten; undefined: it is none, or not in a coding that is known. */
export function asPage(response: IncomingMessage, headers: Headers, rewrite: (link: string) => string): Promise<ApiResponse> | undefined {
  const type = String(headers.get("content-type") ?? "");
  const coding = headers.get("content-encoding") ?? "";
  if (type.split(";")[0]?.trim() !== "text/html" || !isCoding(coding)) return undefined;
  if (Number(headers.get("content-length") ?? 0) > HTML_BYTES_MAX) return undefined;
  return page(response, headers, coding, rewrite);
}

async function page(
  response: IncomingMessage,
  headers: Headers,
  coding: keyof typeof CODINGS,
  rewrite: (link: string) => string,
): Promise<ApiResponse> {
  const code = response.statusCode ?? 502;
  const { bytes, isWhole } = await beginning(response);
  // Too large to hold: it goes on as it is.
  if (!isWhole) return streamed(code, headers, response, { first: bytes, piece: (b) => b });
  const { decode, encode } = CODINGS[coding];
  const plain = await decode(bytes).catch(() => undefined);
  // A character a byte: whatever the page's own encoding is, its bytes come out again.
  const body = plain === undefined ? bytes : await encode(fromLatin1(withLinks(latin1(plain), rewrite)));
  return { kind: "bytes", code, headers: new Map([...headers].filter(([name]) => name !== "content-length")), body: [body] };
}

function beginning(response: IncomingMessage): Promise<{ readonly bytes: Bytes; readonly isWhole: boolean }> {
  return new Promise((resolve, reject) => {
    const parts: Bytes[] = [];
    let length = 0;
    const settle = (isWhole: boolean): void => {
      response.off("data", take);
      response.off("end", end);
      resolve({ bytes: concatBytes(parts), isWhole });
    };
    const end = (): void => settle(true);
    const take = (part: Bytes): void => {
      parts.push(part);
      length += part.length;
      if (length <= HTML_BYTES_MAX) return;
      response.pause();
      settle(false);
    };
    response.on("data", take);
    response.on("end", end);
    response.once("error", reject);
  });
}
