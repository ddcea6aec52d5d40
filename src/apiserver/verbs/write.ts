import { badRequest, conflict, copyJson, type Json, type KubeObject } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { fromStored, groupResource, type Saved, type Target, type Transform, toStored } from "../registry/index.js";
import type { ResourceRow } from "../resources/index.js";
import { admitMutating, validating } from "./admit.js";
import { bodyObject } from "./body.js";
import { type Exchange, managerOf, targetOf, writerOf } from "./exchange.js";
import { type WriteOptions, writeOptions } from "./options.js";
import { objectResponse, outputOf, storedResponse } from "./respond.js";

/** POST to a collection. */
export async function createVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const options = writeOptions(x.info.query, "CreateOptions");
  const { row, version } = x.found;
  const sent = await bodyObject(x, version.schema(), options.fieldValidation);
  wipeSystemFields(sent);
  checkNamespace(x, sent);
  dropRepeatedOwners(x, sent);
  const owned = owners(x, undefined, sent, options);
  const object = await toStored(row, version, owned);
  const name = object.metadata.name ?? "";
  await admitMutating(x, { operation: "CREATE", name, object, old: undefined, dryRun: options.dryRun });
  const made = await x.api.registry.create(
    targetOf(x, name),
    object,
    writerOf(x, options),
    validating(x, { name, dryRun: options.dryRun }),
  );
  return saved(x, made, output);
}

/** PUT to a name. */
export async function updateVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const options = writeOptions(x.info.query, "UpdateOptions");
  const { row, version } = x.found;
  const sent = await bodyObject(x, version.schema(), options.fieldValidation);
  checkNamespace(x, sent);
  checkName(x, sent);
  dropRepeatedOwners(x, sent);
  const uid = sent.metadata.uid;
  const transform: Transform = async (live) => {
    checkUid(targetOf(x), live, uid);
    if (live === undefined) await x.api.authorize?.(x, "create");
    const copy = { ...sent, metadata: { ...sent.metadata } };
    const liveShown = live === undefined ? undefined : (await fromStored(row, version, [live]))[0];
    const object = await toStored(row, version, owners(x, liveShown, copy, options));
    await admitChange(x, live, object, options);
    return object;
  };
  const createMissing = row.strategy.createOnUpdate === true && x.part === undefined;
  return saved(x, await change(x, transform, options, createMissing), output);
}

/** Runs a change of one object through the registry. */
export function change(x: Exchange, transform: Transform, options: WriteOptions, createMissing: boolean): Promise<Saved> {
  const admit = validating(x, { name: x.info.name, dryRun: options.dryRun });
  return x.api.registry.update(targetOf(x), transform, writerOf(x, options), admit, { createMissing });
}
export const admitChange = (x: Exchange, live: KubeObject | undefined, object: KubeObject, options: WriteOptions): Promise<void> =>
  admitMutating(x, { operation: live ? "UPDATE" : "CREATE", name: x.info.name, object, old: live, dryRun: options.dryRun });

export async function saved(x: Exchange, result: Saved, output: ReturnType<typeof outputOf>): Promise<ApiResponse> {
  const code = result.created ? 201 : 200;
  const asStored = result.stored && storedResponse(x, result.stored, output, code);
  if (asStored) return asStored;
  const { row, version } = x.found;
  const [object] = await fromStored(row, version, [asReadBack(row, result.object)]);
  return objectResponse(x, object as KubeObject, output, code);
}

/** A custom object is answered as it will be read: stored in one version, with the defaults of what was left out of it. */
function asReadBack(row: ResourceRow, object: KubeObject): KubeObject {
  const convert = row.stored?.convert;
  if (convert === undefined) return object;
  const copy = copyJson(object as Json) as KubeObject;
  return convert.read(convert.write(copy));
}

/** Who owns which field after this write; the object's own claim about it is not believed beyond what the tracker allows. */
export function owners(x: Exchange, live: KubeObject | undefined, object: KubeObject, options: WriteOptions): KubeObject {
  const manager = managerOf(x, options.fieldManager);
  if (x.api.ownership) return x.api.ownership.updated({ live, object, exchange: x, manager });
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function wipeSystemFields(object: KubeObject): void {
  const { metadata } = object;
  delete metadata.uid;
  delete metadata.selfLink;
  metadata.creationTimestamp = null;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
}

export function checkNamespace(x: Exchange, object: KubeObject): void {
  const given = object.metadata.namespace ?? "";
  const expected = x.found.row.namespaced ? x.info.namespace : "";
  if (given === "" || given === expected) {
    if (expected !== "") object.metadata.namespace = expected;
    return;
  }
  if (expected === "") return;
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}
export function checkName(x: Exchange, object: KubeObject): void {
  const given = object.metadata.name ?? "";
  if (given === "") throw badRequest(`the name of the object (${x.info.name} based on URL) was undeterminable: name must be provided`);
  if (given !== x.info.name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${x.info.name})`);
  }
}

/** A uid in the body is a precondition. */
export function checkUid(target: Target, live: KubeObject | undefined, uid: string | undefined): void {
  if (!uid || !live || live.metadata.uid === uid) return;
  const prefix = target.row.stored?.prefix ?? "";
  const key = `${prefix}${target.row.namespaced ? `${target.namespace}/` : ""}${target.name}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
  throw conflict(groupResource(target), target.name, why);
}

/** The same owner twice counts once, with a warning. */
export function dropRepeatedOwners(x: Exchange, object: KubeObject, when = ""): void {
  const given = object.metadata.ownerReferences;
  if (!given) return;
  const seen = new Set<string>();
  const kept = given.filter((o) => {
    const text = JSON.stringify([o.apiVersion, o.kind, o.name, o.uid, o.controller, o.blockOwnerDeletion]);
    return !seen.has(text) && seen.add(text);
  });
  if (kept.length === given.length) return;
  const uids = [...new Set(given.filter((o, i) => given.findIndex((p) => p.uid === o.uid) !== i).map((o) => o.uid))];
  x.warnings.add(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: [${uids.join(" ")}]`,
  );
  object.metadata.ownerReferences = kept;
}
