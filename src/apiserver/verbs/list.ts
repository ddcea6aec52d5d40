import { asBuffer, type Bytes, utf8 } from "../../base/index.js";
import { apiVersionOf, expired, failure, type KubeObject } from "../../kube/meta/index.js";
import { type ApiResponse, type Headers, wantsPretty } from "../chain/index.js";
import { fromStored, prefixOf, showsStored, storedObjects } from "../registry/index.js";
import { CachedObject, RevisionCompacted, RevisionInFuture } from "../storage/index.js";
import { decodeContinue, encodeContinue } from "./continue-token.js";
import { type Exchange, targetOf } from "./exchange.js";
import { MEDIA_TYPES, type Output } from "./negotiation.js";
import { type ListOptions, listOptions } from "./options.js";
import { encodeValue, type ListMeta, outputOf, shaped, warningHeaders } from "./respond.js";
import { badRevision, tooLarge } from "./revisions.js";
import { type Filter, filterOf } from "./selection.js";

/** Items of a list, all of one revision. */
export interface Listed {
  readonly items: readonly CachedObject[];
  readonly revision: number;
  readonly continue: string;
  readonly remaining: number | undefined;
}

const STREAM_CHUNK_BYTES = 64 * 1024;

export async function listVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const options = listOptions(x.info.query, false);
  const listed = await list(x, options);
  return listResponse(x, listed, output);
}

export async function listResponse(x: Exchange, listed: Listed, output: Output): Promise<ApiResponse> {
  const meta: ListMeta = {
    resourceVersion: String(listed.revision),
    ...(listed.continue === "" && x.found.row.custom === undefined ? {} : { continue: listed.continue }),
    ...(listed.remaining === undefined ? {} : { remainingItemCount: listed.remaining }),
  };
  const { row, version } = x.found;
  const headers: Headers = new Map<string, string | readonly string[]>([
    ["content-type", MEDIA_TYPES[output.format]],
    ...warningHeaders(x.warnings),
  ]);
  const plain = output.format === "json" && output.as === "object" && !wantsPretty(x.request.header("user-agent"), x.info.query);
  if (plain && showsStored(row, version)) {
    const body = joined(x, listed.items, meta);
    if (body) return { kind: "bytes", code: 200, headers, body };
  }
  if (output.as === "PartialObjectMetadata") {
    throw failure("NotAcceptable", `you requested PartialObjectMetadata, but the requested object is a list (*core.${row.listKind})`);
  }
  const objects = await fromStored(
    row,
    version,
    listed.items.map((i) => i.object(storedObjects(row).decode)),
  );
  const value = output.as === "object" ? wholeList(x, objects, meta) : shaped(x, objects, output, meta, true);
  return { kind: "bytes", code: 200, headers, body: [await encodeValue(x, value, output)] };
}

const listHead = (x: Exchange) => ({
  kind: x.found.row.listKind,
  apiVersion: apiVersionOf({ group: x.found.row.group, version: x.found.version.name }),
});

/** Items of built-in kinds carry no kind and apiVersion of their own. */
function wholeList(x: Exchange, objects: readonly KubeObject[], meta: ListMeta): KubeObject {
  const items = x.found.row.custom ? objects : objects.map(({ kind: _k, apiVersion: _a, ...rest }) => rest);
  return { ...listHead(x), metadata: meta, items } as unknown as KubeObject;
}

const METADATA = Buffer.from('"metadata":');
const OPEN = Buffer.from("{");
const COMMA = Buffer.from(",");
/** An item's bytes without kind and apiVersion: from its metadata on. */
function itemBytes(item: CachedObject): Bytes | undefined {
  return item.memo("item", () => {
    const bytes = item.storedJson();
    const at = bytes === undefined ? -1 : asBuffer(bytes).indexOf(METADATA);
    return bytes === undefined || at < 0 ? undefined : Buffer.concat([OPEN, bytes.subarray(at)]);
  });
}
/** The list as a concatenation of what the cache holds encoded; undefined when an item must be decoded first. */
function joined(x: Exchange, items: readonly CachedObject[], meta: ListMeta): readonly Bytes[] | undefined {
  const head = JSON.stringify({ ...listHead(x), metadata: meta });
  const body: Bytes[] = [];
  let chunk: Bytes[] = [utf8(`${head.slice(0, -1)},"items":[`)];
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    const own = itemBytes(item);
    if (!own) return undefined;
    if (i > 0) chunk.push(COMMA);
    chunk.push(own);
    bytes += own.length;
    if (bytes < STREAM_CHUNK_BYTES) continue;
    body.push(Buffer.concat(chunk));
    [chunk, bytes] = [[], 0];
  }
  chunk.push(utf8("]}\n"));
  body.push(Buffer.concat(chunk));
  return body;
}

/** The whole table of resourceVersion, match, limit and continue (reference: 2.2). */
export async function list(x: Exchange, options: ListOptions): Promise<Listed> {
  const filter = filterOf(x, options);
  const prefix = prefixOf(targetOf(x));
  if (options.continueToken !== "") return goOn(x, options, filter, prefix);
  const asked = options.resourceVersion;
  if (asked !== "" && !/^\d+$/.test(asked)) throw badRevision(asked, 400);
  const revision = Number(asked || 0);
  const exact = revision > 0 && (options.match === "Exact" || (options.match === "" && options.limit > 0));
  if (exact) return fromStore(x, { prefix, from: prefix, revision, limit: options.limit, filter });
  await freshEnough(x, asked, revision);
  const limit = asked === "0" ? 0 : options.limit;
  return fromCache(x, { prefix, from: prefix, limit, filter });
}

/** The cache is what the request may see: current, any, or not older than. */
export async function freshEnough(x: Exchange, asked: string, revision: number): Promise<void> {
  const { cacher } = x.api;
  if (asked === "0") return;
  const reached = asked === "" ? await cacher.current() : await cacher.waitFor(revision);
  if (!reached) throw tooLarge(revision, cacher.revision);
}
interface Scan {
  readonly prefix: string;
  readonly from: string;
  readonly limit: number;
  readonly filter: Filter;
}

function fromCache(x: Exchange, scan: Scan): Listed {
  const { cacher } = x.api;
  const items: CachedObject[] = [];
  let next: string | undefined;
  let remaining = 0;
  for (const item of cacher.below(scan.prefix, scan.from)) {
    if (next !== undefined) remaining++;
    else if (!scan.filter.all && !scan.filter.matches(item)) continue;
    else if (scan.limit > 0 && items.length === scan.limit) {
      next = `${items.at(-1)?.key}\0`;
      remaining = 1;
    } else items.push(item);
    if (next !== undefined && !scan.filter.all) break;
  }
  const revision = cacher.revision;
  return page(items, next, revision, scan, remaining);
}
function page(items: readonly CachedObject[], next: string | undefined, revision: number, scan: Scan, remaining: number): Listed {
  if (next === undefined) return { items, revision, continue: "", remaining: undefined };
  return {
    items,
    revision,
    continue: encodeContinue({ revision, from: next }, scan.prefix),
    remaining: scan.filter.all ? remaining : undefined,
  };
}

const PAGE_KEYS = 500;
/** At exactly this revision: history is the store's. */
async function fromStore(x: Exchange, scan: Scan & { readonly revision: number }): Promise<Listed> {
  const items: CachedObject[] = [];
  let from = scan.from;
  for (;;) {
    const wanted = scan.limit > 0 && scan.filter.all ? scan.limit - items.length : PAGE_KEYS;
    const got = await storePage(x, scan, from, wanted);
    for (const [i, stored] of got.items.entries()) {
      const item =
        x.api.cacher.get(stored.key)?.revision === stored.revision
          ? (x.api.cacher.get(stored.key) as CachedObject)
          : new CachedObject(stored);
      if (!scan.filter.all && !scan.filter.matches(item)) continue;
      items.push(item);
      if (scan.limit > 0 && items.length === scan.limit) {
        const more = i < got.items.length - 1 || got.more;
        return page(items, more ? `${stored.key}\0` : undefined, scan.revision || got.revision, scan, got.count - (i + 1));
      }
    }
    const last = got.items.at(-1);
    if (!got.more || !last) return page(items, undefined, scan.revision || got.revision, scan, 0);
    from = `${last.key}\0`;
  }
}
async function storePage(x: Exchange, scan: { readonly prefix: string; readonly revision: number }, from: string, limit: number) {
  try {
    return await x.api.registry.store.page(scan.prefix, { from, revision: scan.revision, limit });
  } catch (error) {
    if (error instanceof RevisionInFuture) throw tooLarge(scan.revision, x.api.cacher.revision);
    throw error;
  }
}
const LIST_EXPIRED = "The resourceVersion for the provided list is too old.";
const CONTINUE_EXPIRED =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

async function goOn(x: Exchange, options: ListOptions, filter: Filter, prefix: string): Promise<Listed> {
  if (options.resourceVersion !== "" && options.resourceVersion !== "0") {
    throw failure("BadRequest", "specifying resource version is not allowed when using continue");
  }
  const at = decodeContinue(options.continueToken, prefix);
  // Whoever takes any revision gets the rest at once, as from a cache.
  const limit = options.resourceVersion === "0" ? 0 : options.limit;
  try {
    return await fromStore(x, { prefix, from: at.from, revision: Math.max(0, at.revision), limit, filter });
  } catch (error) {
    if (!(error instanceof RevisionCompacted)) throw error;
    throw expired(CONTINUE_EXPIRED, { continue: encodeContinue({ revision: -1, from: at.from }, prefix) });
  }
}
/** For lists at a revision that history no longer has. */
export function asExpired(error: unknown): unknown {
  return error instanceof RevisionCompacted ? expired(LIST_EXPIRED) : error;
}
