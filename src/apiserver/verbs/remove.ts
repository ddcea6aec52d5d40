import { badRequest, type KubeObject, type StatusError } from "../../kube/meta/index.js";
import { DecodeError, kindSchema, readBody } from "../../kube/schema/index.js";
import type { ApiResponse } from "../chain/index.js";
import { type Deleted, deleteObject, fromStored, storedObjects } from "../registry/index.js";
import type { DeleteOptions } from "../resources/index.js";
import { admitMutating, validating } from "./admit.js";
import { type Exchange, targetOf, writerOf } from "./exchange.js";
import { list, listResponse } from "./list.js";
import { bodyFormat } from "./negotiation.js";
import { checkDeleteOptions, deleteOptionsOfQuery, listOptions } from "./options.js";
import { objectResponse, outputOf, valueResponse } from "./respond.js";

/** A body with options, of meta.k8s.io or of the kind's own group; or the query's. */
async function deleteOptions(x: Exchange): Promise<DeleteOptions> {
  const bytes = await x.request.body();
  if (bytes.length === 0) return checkDeleteOptions(deleteOptionsOfQuery(x.info.query));
  const format = bodyFormat(x.request.header("content-type"));
  const kind =
    kindSchema({ group: "", version: "v1", kind: "DeleteOptions" }) ??
    kindSchema({ group: "meta.k8s.io", version: "v1", kind: "DeleteOptions" });
  if (!kind) throw badRequest("DeleteOptions are not known");
  try {
    const { object } = readBody(bytes, format).decode(kind, { fieldValidation: "ignore" });
    return checkDeleteOptions(object as unknown as DeleteOptions);
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error;
  }
}

const ORPHANS_BY_DEFAULT =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

export async function deleteVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const options = await deleteOptions(x);
  if (
    x.found.row.group === "batch" &&
    x.found.row.resource === "jobs" &&
    options.propagationPolicy === undefined &&
    options.orphanDependents === undefined
  ) {
    x.warnings.add(ORPHANS_BY_DEFAULT);
  }
  await admitDeletion(x, x.info.name, options);
  const deleted = await deleteOne(x, options, x.info.name);
  const code = deleted.kind === "pending" && options.orphanDependents === false ? 202 : 200;
  if (deleted.kind === "gone" && x.found.row.strategy.deleteAnswers !== "object") {
    return valueResponse(x, success(x, deleted.object) as never, { ...output, as: "object" }, code);
  }
  const [object] = await fromStored(x.found.row, x.found.version, [deleted.object]);
  return objectResponse(x, object as KubeObject, output, code);
}

const isDryRun = (options: DeleteOptions): boolean => (options.dryRun ?? []).length > 0;
const admitDeletion = (x: Exchange, name: string, options: DeleteOptions): Promise<void> =>
  admitMutating(x, { operation: "DELETE", name, object: undefined, old: undefined, dryRun: isDryRun(options), options });

/** `admitted`: the name that admission is told. */
function deleteOne(x: Exchange, options: DeleteOptions, admitted: string): Promise<Deleted> {
  const dryRun = isDryRun(options);
  const admit = validating(x, { name: admitted, dryRun, options });
  return deleteObject(x.api.registry, targetOf(x), options, writerOf(x, { fieldManager: "", dryRun }), admit);
}

function success(x: Exchange, object: KubeObject) {
  const { row } = x.found;
  const { name, uid } = object.metadata;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(row.group === "" ? {} : { group: row.group }), kind: row.resource, uid },
  };
}

/** Each object that the selectors choose is deleted as by itself; the first refusal is the answer. */
export async function deleteCollectionVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const selection = listOptions(x.info.query, false);
  const options = await deleteOptions(x);
  // Admission knows no names here: the whole collection is deleted by one request.
  await admitDeletion(x, "", options);
  const listed = await list(x, selection);
  const { decode } = storedObjects(x.found.row);
  for (const item of listed.items) {
    const { name, namespace } = item.object(decode).metadata;
    const one: Exchange = { ...x, info: { ...x.info, name: name ?? "", namespace: namespace ?? "" } };
    await deleteOne(one, options, "").catch(unlessGone);
  }
  return listResponse(x, listed, output);
}
function unlessGone(error: StatusError): void {
  if (error.status?.reason !== "NotFound") throw error;
}
