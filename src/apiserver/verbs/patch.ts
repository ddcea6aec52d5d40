import { utf8Text } from "../../base/index.js";
import {
  badRequest,
  conflict,
  failure,
  type Json,
  type KubeObject,
  notFound,
  renderValue,
  type StatusError,
} from "../../kube/meta/index.js";
import { applyJsonPatch, applyMergePatch, jsonPatchProblems, PatchError } from "../../kube/patch/index.js";
import { applyDefaults, DecodeError, encodeJson, parseJsonText, toNormalForm } from "../../kube/schema/index.js";
import type { ApiResponse } from "../chain/index.js";
import { fromStored, groupResource, toStored } from "../registry/index.js";
import { type Exchange, targetOf } from "./exchange.js";
import { type WriteOptions, writeOptions } from "./options.js";
import { outputOf } from "./respond.js";
import { admitChange, change, checkName, checkNamespace, owners, saved } from "./write.js";

type PatchForm = "json" | "merge" | "strategic" | "apply";
const FORMS: Readonly<Record<string, PatchForm>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** PATCH of one object in one of four forms. */
export async function patchVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x);
  const form = formOf(x);
  const options = writeOptions(x.info.query, "PatchOptions", form === "apply");
  const body = await x.request.body();
  const patch = parsePatch(utf8Text(body));
  const patched = await change(x, (live) => patchedObject(x, live, { form, patch, options }), options, false);
  return saved(x, patched, output);
}

function formOf(x: Exchange): PatchForm {
  const type = (x.request.header("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const form = FORMS[type];
  if (form) return form;
  const accepted = Object.keys(FORMS).join(", ");
  throw failure("UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${accepted}`, {
    details: {},
  });
}
function parsePatch(text: string): Json {
  try {
    return parseJsonText(text).value;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`error decoding patch: ${error.message}`);
    throw error;
  }
}

interface Patching {
  readonly form: PatchForm;
  readonly patch: Json;
  readonly options: WriteOptions;
}

/** The object after the patch, in the stored version; patches see the version of the request. */
async function patchedObject(x: Exchange, live: KubeObject | undefined, how: Patching): Promise<KubeObject> {
  if (live === undefined) throw notFound(groupResource(targetOf(x)), x.info.name);
  const { row, version } = x.found;
  const [current] = await fromStored(row, version, [live]);
  const patched = decodePatched(x, applied(current as KubeObject, how), how);
  if (!live.metadata.uid && patched.metadata.uid) throw conflict(groupResource(targetOf(x)), x.info.name, "uid mismatch");
  checkNamespace(x, patched);
  checkName(x, patched);
  const object = await toStored(row, version, owners(x, current, patched, how.options));
  await admitChange(x, live, object, how.options);
  return object;
}

function applied(current: KubeObject, { form, patch }: Patching): Json {
  try {
    const document = current as Json;
    return form === "json" ? applyJsonPatch(document, patch) : applyMergePatch(document, patch);
  } catch (error) {
    throw error instanceof PatchError ? refused(error) : error;
  }
}
function refused(error: PatchError): StatusError {
  switch (error.kind) {
    case "malformed":
      return badRequest(error.message);
    case "failed":
      return failure("Invalid", "the server rejected our request due to an error in our request", { details: {} });
    case "tooLarge":
      return failure("RequestEntityTooLarge", `Request entity too large: ${error.message}`);
  }
}

/** What comes out must be an object of its kind again. */
function decodePatched(x: Exchange, value: Json, how: Patching): KubeObject {
  const kind = x.found.version.schema();
  const { fieldValidation } = how.options;
  try {
    const { object, problems } = toNormalForm(value, kind, { fieldValidation });
    const all = [
      ...(how.form === "json" && fieldValidation !== "ignore" ? jsonPatchProblems(how.patch).map((p) => `json patch ${p}`) : []),
      ...problems,
    ];
    if (all.length > 0 && fieldValidation === "warn") for (const text of all) x.warnings.add(text);
    if (all.length > 0 && fieldValidation === "strict") throw undecodable(value, `strict decoding error: ${all.join(", ")}`);
    return applyDefaults(kind, object);
  } catch (error) {
    if (error instanceof DecodeError) throw undecodable(value, error.message);
    throw error;
  }
}
function undecodable(value: Json, why: string): StatusError {
  const message = `Invalid value: ${renderValue(encodeJson(value))}: ${why}`;
  return failure("Invalid", ` "" is invalid: patch: ${message}`, {
    details: { causes: [{ reason: "FieldValueInvalid", message, field: "patch" }] },
  });
}
