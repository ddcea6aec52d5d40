import { type KubeObject, notFound } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { fromStored, groupResource, keyOf, storedObjects } from "../registry/index.js";
import { CachedObject } from "../storage/index.js";
import { type Exchange, targetOf } from "./exchange.js";
import { objectResponse, outputOf, storedResponse } from "./respond.js";
import { badRevision, tooLarge } from "./revisions.js";

/** GET of one object: now; "0" as the cache has it; a revision: not older than that. */
export async function getVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const found = await read(x);
  const asStored = storedResponse(x, found, output);
  if (asStored) return asStored;
  const { row, version } = x.found;
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
