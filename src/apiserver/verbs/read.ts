import { type KubeObject, notFound } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { wantsPretty } from "../chain/index.js";
import { fromStored, groupResource, keyOf, showsStored, storedObjects } from "../registry/index.js";
import { CachedObject } from "../storage/index.js";
import { type Exchange, targetOf } from "./exchange.js";
import { MEDIA_TYPES } from "./negotiation.js";
import { objectResponse, outputOf, warningHeaders } from "./respond.js";
import { badRevision, tooLarge } from "./revisions.js";

const NEWLINE = Buffer.from("\n");

/** GET of one object: now; "0" as the cache has it; a revision: not older than that. */
export async function getVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const found = await read(x);
  const { row, version } = x.found;
  if (
    output.format === "json" &&
    output.as === "object" &&
    showsStored(row, version) &&
    !wantsPretty(x.request.header("user-agent"), x.info.query)
  ) {
    const bytes = found.storedJson();
    if (bytes)
      return {
        kind: "bytes",
        code: 200,
        headers: new Map<string, string | readonly string[]>([["content-type", MEDIA_TYPES.json], ...warningHeaders(x.warnings)]),
        body: [bytes, NEWLINE],
      };
  }
  const [object] = await fromStored(row, version, [found.object(storedObjects(row).decode)]);
  return objectResponse(x, object as KubeObject, output);
}

async function read(x: Exchange): Promise<CachedObject> {
  const target = targetOf(x);
  const key = keyOf(target);
  const asked = x.info.query.get("resourceVersion") ?? "";
  const cached = asked === "" ? undefined : await fromCache(x, key, asked);
  if (cached) return cached;
  if (asked === "") {
    const { found } = await x.api.registry.store.get(key);
    const recent = x.api.cacher.get(key);
    // The same bytes: what was made of them before is used again.
    if (found) return recent?.revision === found.revision ? recent : new CachedObject(found);
  }
  throw notFound(groupResource(target), x.info.name);
}
async function fromCache(x: Exchange, key: string, asked: string): Promise<CachedObject | undefined> {
  if (!/^\d+$/.test(asked)) throw badRevision(asked, 500);
  const revision = Number(asked);
  if (!(await x.api.cacher.waitFor(revision))) throw tooLarge(revision, x.api.cacher.revision);
  return x.api.cacher.get(key);
}
