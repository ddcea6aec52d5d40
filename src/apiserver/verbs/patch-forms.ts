import { utf8Text } from "../../base/index.js";
import {
  badRequest,
  failure,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  parseApiVersion,
  renderValue,
  StatusError,
} from "../../kube/meta/index.js";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicPatch,
  goText,
  jsonPatchProblems,
  PatchError,
  repeatedFields,
  strategicMismatch,
} from "../../kube/patch/index.js";
import {
  applyDefaults,
  DecodeError,
  encodeJson,
  type KindSchema,
  kindSchema,
  type ParsedText,
  parseJsonText,
  toNormalForm,
} from "../../kube/schema/index.js";
import { fromStored, toStored } from "../registry/index.js";
import { keepEmptyOwners } from "./body.js";
import type { Exchange } from "./exchange.js";
import type { WriteOptions } from "./options.js";

/** The forms that change what is there; apply is another matter. */
export type PatchForm = "json" | "merge" | "strategic";

/** A patch as it came: read when the object is found, since a missing object is told before a bad patch. */
export interface GivenPatch {
  readonly form: PatchForm;
  readonly body: Uint8Array;
  readonly options: WriteOptions;
}
/** What a patch made of an object, before anything is checked. */
interface Outcome {
  readonly value: Json;
  /** How a text shows what was wrong. */
  readonly shown: () => string;
  readonly problems: readonly string[];
}

/** The object after the patch, in the request's version, with defaults. Never changes `current`. */
export async function patchedObject(x: Exchange, current: KubeObject, patch: GivenPatch): Promise<KubeObject> {
  const kind = x.found.version.schema();
  const outcome = carriedOut(current as Json, kind, patch);
  return patch.form === "strategic" ? decodeStrategic(x, kind, outcome, patch.options) : decodePatched(x, outcome, patch.options);
}
/** The same for an object of another kind that stands for the stored one: a Scale. */
export function patchedAs(x: Exchange, kind: KindSchema, current: KubeObject, patch: GivenPatch): KubeObject {
  const outcome = carriedOut(current as Json, kind, patch);
  if (patch.form === "strategic") return decodeStrategic(x, kind, outcome, patch.options);
  const { fieldValidation } = patch.options;
  return applyDefaults(
    kind,
    decoded(x, outcome, patch.options, () => toNormalForm(outcome.value, kind, { fieldValidation })),
  );
}

function carriedOut(current: Json, kind: KindSchema, { form, body, options }: GivenPatch): Outcome {
  const isChecked = options.fieldValidation !== "ignore";
  const parsed = parse(utf8Text(body), form, isChecked);
  const problems = !isChecked ? [] : form === "json" ? jsonPatchProblems(parsed).map((p) => `json patch ${p}`) : repeatedFields(parsed);
  try {
    if (form === "strategic") {
      const { value, rest } = applyStrategicPatch(current, patchObject(parsed.value, ""), kind);
      return { value, shown: () => JSON.stringify(goText(rest)), problems };
    }
    if (form === "merge" && isChecked && parsed.value !== null) patchObject(parsed.value, DECODING);
    const value = form === "json" ? applyJsonPatch(current, parsed.value) : applyMergePatch(current, parsed.value);
    return { value, shown: () => renderValue(encodeJson(value)), problems };
  } catch (error) {
    throw error instanceof PatchError ? refused(error, form === "json" && isChecked ? DECODING : "") : error;
  }
}
const DECODING = "error decoding patch: ";

function parse(text: string, form: PatchForm, isChecked: boolean): ParsedText {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (form === "merge" && !isChecked) throw badRequest("Invalid JSON Patch");
    throw badRequest(`${form === "strategic" || !isChecked ? "" : DECODING}${error.message}`);
  }
}
function patchObject(value: Json, prefix: string): JsonObject {
  if (value === null) return {};
  if (isObject(value)) return value;
  const word = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "number";
  throw badRequest(`${prefix}json: cannot unmarshal ${word} into Go value of type map[string]interface {}`);
}

function refused(error: PatchError, prefix: string): StatusError {
  const { message } = error;
  switch (error.kind) {
    case "malformed":
      return badRequest(`${prefix}${message}`);
    case "failed":
      return failure("Invalid", "the server rejected our request due to an error in our request", { details: {} });
    case "tooLarge":
      return failure("RequestEntityTooLarge", `Request entity too large: ${message}`);
    case "unmergeable":
      return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
  }
}

/** The version that a patched object says it is in: a patch may change that. */
async function decodePatched(x: Exchange, outcome: Outcome, options: WriteOptions): Promise<KubeObject> {
  const asked = x.found.version;
  const version = versionOf(x, outcome);
  const kind = version.schema();
  const object = decoded(x, outcome, options, () =>
    isObject(outcome.value) && !outcome.value["apiVersion"]
      ? internal(outcome.value, kind)
      : toNormalForm(outcome.value, kind, { fieldValidation: options.fieldValidation }),
  );
  applyDefaults(kind, object);
  keepEmptyOwners(outcome.value, object);
  if (version === asked) return object;
  const stored = await toStored(x.found.row, version, object);
  return (await fromStored(x.found.row, asked, [stored]))[0] as KubeObject;
}
function versionOf(x: Exchange, { value, shown }: Outcome) {
  const { row, version } = x.found;
  if (!isObject(value)) return version;
  const apiVersion = typeof value["apiVersion"] === "string" ? value["apiVersion"] : "";
  const kind = (typeof value["kind"] === "string" ? value["kind"] : "") || row.kind;
  if (apiVersion === "" && kind === row.kind) return version;
  const gv = parseApiVersion(apiVersion);
  if (gv === undefined) throw undecodable(shown(), `unexpected GroupVersion string: ${apiVersion}`);
  const served = gv.group === row.group && kind === row.kind ? row.versions.find((v) => v.name === gv.version) : undefined;
  if (served !== undefined) return served;
  const isKnown = kindSchema({ ...gv, kind }) !== undefined;
  const why = isKnown
    ? `converting (${gv.version}.${kind}) to (${row.group || "core"}.${row.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "trimast.go:1"`;
  throw undecodable(shown(), why);
}
/** Without a version the original reads its own internal form, whose fields have other names and whose metadata stands at the root. */
function internal(value: JsonObject, kind: KindSchema): { readonly object: KubeObject; readonly problems: readonly string[] } {
  const meta = kind.root.fields.get("metadata")?.schema;
  const names = meta?.kind === "object" ? meta.fields : new Map();
  const metadata: JsonObject = {};
  const problems: string[] = [];
  for (const key of Object.keys(value).sort()) {
    if (names.has(key)) metadata[key] = value[key] as Json;
    else if (key !== "kind" && key !== "apiVersion") problems.push(`unknown field ${JSON.stringify(key)}`);
  }
  return { object: toNormalForm({ metadata }, kind, { fieldValidation: "ignore" }).object, problems };
}

function decodeStrategic(x: Exchange, kind: KindSchema, outcome: Outcome, options: WriteOptions): KubeObject {
  const mismatch = strategicMismatch(kind.root, outcome.value);
  if (mismatch !== undefined) throw undecodable(outcome.shown(), mismatch);
  const object = decoded(x, outcome, options, () => {
    const { object, problems } = toNormalForm(outcome.value, kind, { fieldValidation: options.fieldValidation });
    return { object, problems: [...problems].sort() };
  });
  keepEmptyOwners(outcome.value, object);
  return applyDefaults(kind, object);
}
/** Warnings or a 422 for what is not in the schema, and for what cannot be read at all. */
function decoded(
  x: Exchange,
  outcome: Outcome,
  { fieldValidation }: WriteOptions,
  decode: () => { readonly object: KubeObject; readonly problems: readonly string[] },
): KubeObject {
  try {
    const { object, problems } = decode();
    if (fieldValidation === "ignore") return object;
    const all = [...outcome.problems, ...problems];
    if (all.length > 0 && fieldValidation === "strict") throw undecodable(outcome.shown(), `strict decoding error: ${all.join(", ")}`);
    for (const text of all) x.warnings.add(text);
    return object;
  } catch (error) {
    throw error instanceof DecodeError ? undecodable(outcome.shown(), error.message) : error;
  }
}
function undecodable(shown: string, why: string): StatusError {
  const message = `Invalid value: ${shown}: ${why}`;
  return failure("Invalid", ` "" is invalid: patch: ${message}`, {
    details: { causes: [{ reason: "FieldValueInvalid", message, field: "patch" }] },
  });
}
