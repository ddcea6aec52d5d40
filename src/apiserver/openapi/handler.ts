import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { asBuffer, type Bytes, utf8 } from "../../base/index.js";
import type { JsonObject } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, JSON_TYPE, type RequestInfo } from "../chain/index.js";
import type { ResourceRow, ResourceTable } from "../resources/index.js";
import { textV2, textV3 } from "./documents.js";
import { EXPIRES_MS, GZIP_LEVEL } from "./limits.js";
import { groupNames, groupOf } from "./paths.js";
import { encodeDocument } from "./protobuf.js";

const compress = promisify(gzip);
const expand = promisify(gunzip);

type Form = "json" | "protobuf";
const PROTOBUF = { 2: "com.github.proto-openapi.spec.v2", 3: "com.github.proto-openapi.spec.v3" } as const;
const typeOf = (form: Form, dialect: 2 | 3): string => (form === "json" ? JSON_TYPE : `application/${PROTOBUF[dialect]}.v1.0+protobuf`);

/** The form that the first clause asks for which asks for one; undefined: 406. */
function formOf(accept: string | undefined, dialect: 2 | 3): Form | undefined {
  const name = PROTOBUF[dialect];
  for (const clause of (accept ?? "*/*").split(",").map((c) => (c.split(";")[0] as string).trim())) {
    if (clause === "*/*" || clause === "application/*" || clause === JSON_TYPE) return "json";
    if (clause === `application/${name}@v1.0+protobuf` || clause === `application/${name}.v1.0+protobuf`) return "protobuf";
  }
  return undefined;
}

/** A document as long as the rows that it was made of are served. */
interface Kept {
  readonly of: readonly ResourceRow[];
  readonly made: Promise<Made>;
}
const same = (a: readonly ResourceRow[], b: readonly ResourceRow[]): boolean => a.length === b.length && a.every((row, i) => row === b[i]);
interface Made {
  /** Of the JSON form, for both. */
  readonly etag: string;
  readonly zipped: Bytes;
}

/** /openapi/v2 and /openapi/v3: made when first asked for, kept compressed, made anew when the rows change. */
export class OpenApi {
  readonly #table: ResourceTable;
  readonly #now: () => number;
  #made = new Map<string, Kept>();

  constructor(table: ResourceTable, now: () => number) {
    this.#table = table;
    this.#now = now;
  }

  /** undefined: not a path of OpenAPI. */
  answer(request: ApiRequest, info: RequestInfo): Promise<ApiResponse> | undefined {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    if (info.path === "/openapi/v2") return this.#v2(request);
    if (info.path === "/openapi/v3" || info.path === "/openapi/v3/") return this.#index(request);
    if (info.path.startsWith("/openapi/v3/")) return this.#v3(request, info, info.path.slice("/openapi/v3/".length));
    return undefined;
  }

  async #v2(request: ApiRequest): Promise<ApiResponse> {
    const form = formOf(request.header("accept"), 2);
    if (form === undefined) return notAcceptable();
    const make = (): string => textV2(this.#table.rows);
    const made = await this.#document("v2", form, this.#table.rows, make, 2);
    return respond(request, made, new Map([["content-type", typeOf(form, 2)]]));
  }

  async #index(request: ApiRequest): Promise<ApiResponse> {
    const paths: JsonObject = {};
    const names = groupNames(this.#table.rows);
    this.#forget(names);
    for (const name of names) {
      const { etag } = await this.#group(name, "json");
      paths[name] = { serverRelativeURL: hashed(name, etag) };
    }
    const body = utf8(JSON.stringify({ paths }));
    const made = { etag: etagOf(body), zipped: await compress(asBuffer(body), { level: GZIP_LEVEL }) };
    return respond(request, made, new Map([["content-type", JSON_TYPE]]));
  }

  async #v3(request: ApiRequest, info: RequestInfo, name: string): Promise<ApiResponse> {
    const form = formOf(request.header("accept"), 3);
    if (form === undefined) return notAcceptable();
    // Unknown ones are an empty answer in the original.
    if (!groupNames(this.#table.rows).includes(name)) return { kind: "bytes", code: 200, headers: new Map([["vary", "Accept"]]), body: [] };
    const made = await this.#group(name, form);
    const asked = info.query.get("hash") ?? "";
    if (asked !== "" && asked !== made.etag) {
      const headers = new Map([
        ["content-type", typeOf(form, 3)],
        ["etag", `"${made.etag}"`],
        ["location", hashed(name, made.etag)],
        ["vary", "Accept"],
      ]);
      return { kind: "bytes", code: 301, headers, body: [] };
    }
    const headers = new Map([["content-type", typeOf(form, 3)]]);
    if (asked !== "") {
      headers.set("cache-control", "public, immutable");
      headers.set("expires", new Date(this.#now() + EXPIRES_MS).toUTCString());
    }
    return respond(request, made, headers);
  }

  #group(name: string, form: Form): Promise<Made> {
    const { rows } = this.#table;
    const make = (): string => textV3(groupOf(name, rows) ?? { name, routes: [] }, rows);
    const group = name.split("/")[1] ?? "";
    const own = name.startsWith("apis/") ? rows.filter((r) => r.group === group) : rows.filter((r) => r.group === "");
    return this.#document(`v3/${name}`, form, own, make, 3);
  }

  #document(name: string, form: Form, of: readonly ResourceRow[], make: () => string, dialect: 2 | 3): Promise<Made> {
    const key = `${form} ${name}`;
    const known = this.#made.get(key);
    if (known && same(known.of, of)) return known.made;
    const made =
      form === "json" ? asJson(make()) : this.#document(name, "json", of, make, dialect).then((json) => asProtobuf(json, dialect));
    this.#made.set(key, { of, made });
    return made;
  }
  /** Documents of groups that went are not kept. */
  #forget(names: readonly string[]): void {
    for (const key of [...this.#made.keys()]) {
      const name = key.slice(key.indexOf(" ") + 1);
      if (name.startsWith("v3/") && !names.includes(name.slice("v3/".length))) this.#made.delete(key);
    }
  }
}

async function asJson(text: string): Promise<Made> {
  const body = utf8(text);
  return { etag: etagOf(body), zipped: await compress(asBuffer(body), { level: GZIP_LEVEL }) };
}
/** Asked for by few: what it is made of is read back, not kept. */
async function asProtobuf(json: Made, dialect: 2 | 3): Promise<Made> {
  const document = JSON.parse((await expand(json.zipped)).toString()) as JsonObject;
  return { etag: json.etag, zipped: await compress(asBuffer(encodeDocument(document, dialect)), { level: GZIP_LEVEL }) };
}
const etagOf = (body: Bytes): string => createHash("sha512").update(body).digest("hex").toUpperCase();
const hashed = (name: string, etag: string): string => `/openapi/v3/${name}?hash=${etag}`;
const notAcceptable = (): ApiResponse => ({ kind: "bytes", code: 406, headers: new Map([["vary", "Accept"]]), body: [] });

async function respond(request: ApiRequest, made: Made, own: ReadonlyMap<string, string>): Promise<ApiResponse> {
  const etag = `"${made.etag}"`;
  const headers = new Map([...own, ["etag", etag], ["vary", "Accept"]]);
  if (matches(request.header("if-none-match"), etag)) {
    headers.delete("content-type");
    return { kind: "bytes", code: 304, headers, body: [] };
  }
  if (!/\bgzip\b/.test(request.header("accept-encoding") ?? ""))
    return { kind: "bytes", code: 200, headers, body: [await expand(made.zipped)] };
  headers.set("content-encoding", "gzip");
  return { kind: "bytes", code: 200, headers, body: [made.zipped] };
}
const matches = (asked: string | undefined, etag: string): boolean =>
  (asked ?? "").split(",").some((one) => [etag, `W/${etag}`, "*"].includes(one.trim()));
