import { conflict, failure, type KubeObject, notFound } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { fromStored, groupResource, toStored } from "../registry/index.js";
import { applyVerb } from "./apply.js";
import { type Exchange, targetOf } from "./exchange.js";
import { writeOptions } from "./options.js";
import { type GivenPatch, type PatchForm, patchedObject } from "./patch-forms.js";
import { outputOf } from "./respond.js";
import { admitChange, change, checkName, checkNamespace, dropRepeatedOwners, owners, saved } from "./write.js";

const FORMS: Readonly<Record<string, PatchForm | "apply">> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** PATCH of one object in one of four forms. */
export async function patchVerb(x: Exchange): Promise<ApiResponse> {
  const form = patchFormOf(x);
  const output = outputOf(x);
  const body = await x.request.body();
  const options = writeOptions(x.info.query, "PatchOptions", form === "apply");
  if (form === "apply") return applyVerb(x, { body, options, output });
  const patch: GivenPatch = { form, body, options };
  return saved(x, await change(x, (live) => changed(x, live, patch), options, false), output);
}

/** Custom kinds have no patch strategies. */
export function patchFormOf(x: Exchange): PatchForm | "apply" {
  const type = (x.request.header("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const isBuiltin = x.found.version.schema().protobuf;
  const accepted = Object.keys(FORMS).filter((f) => isBuiltin || FORMS[f] !== "strategic");
  const form = accepted.includes(type) ? FORMS[type] : undefined;
  if (form === undefined) throw unsupported(accepted);
  return form;
}
const unsupported = (accepted: readonly string[]) =>
  failure(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
    {
      details: {},
    },
  );

/** The object after the patch, in the stored version; patches see the version of the request. */
async function changed(x: Exchange, live: KubeObject | undefined, patch: GivenPatch): Promise<KubeObject> {
  if (live === undefined) throw notFound(groupResource(targetOf(x)), x.info.name);
  const { row, version } = x.found;
  const [current] = await fromStored(row, version, [live]);
  const patched = await patchedObject(x, current as KubeObject, patch);
  const owned = owners(x, current, patched, patch.options);
  if (!live.metadata.uid && owned.metadata.uid) throw conflict(groupResource(targetOf(x)), x.info.name, "uid mismatch");
  checkNamespace(x, owned);
  checkName(x, owned);
  const object = await toStored(row, version, owned);
  await admitChange(x, live, object, patch.options);
  dropRepeatedOwners(x, object, " after mutating admission happens");
  return object;
}
