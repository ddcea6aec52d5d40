import { utf8Text } from "../../base/index.js";
import {
  badRequest,
  conflict,
  failure,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  parseApiVersion,
  StatusError,
} from "../../kube/meta/index.js";
import { type Applied, ApplyConflicts, ApplyProblem, apply, namedObject, strategicMismatch, type Write } from "../../kube/patch/index.js";
import {
  applyDefaults,
  DecodeError,
  type KindSchema,
  parseJsonText,
  parseYaml,
  toNormalForm,
  withoutExact,
} from "../../kube/schema/index.js";
import type { ApiResponse } from "../chain/index.js";
import { fromStored, groupResource, toStored } from "../registry/index.js";
import { type Exchange, targetOf } from "./exchange.js";
import type { WriteOptions } from "./options.js";
import { writeOf } from "./ownership.js";
import type { outputOf } from "./respond.js";
import { admitChange, change, checkName, checkNamespace, dropRepeatedOwners, saved } from "./write.js";

export interface Given {
  readonly value: JsonObject;
  /** Texts of keys that stand twice. */
  readonly repeated: readonly string[];
}

/** PATCH application/apply-patch+yaml: the one form that may create. */
export async function applyVerb(
  x: Exchange,
  how: { readonly body: Uint8Array; readonly options: WriteOptions; readonly output: ReturnType<typeof outputOf> },
): Promise<ApiResponse> {
  const { body, options, output } = how;
  const given = parseApplied(utf8Text(body));
  const createMissing = x.info.subresource === "";
  return saved(x, await change(x, (live) => applied(x, live, given, options), options, createMissing), output);
}

/** The body as it was sent. Throws the 400 for what is no object. */
export function parseApplied(text: string): Given {
  const { value, repeated } = parseText(text);
  if (value === null) return { value: {}, repeated };
  if (isObject(value)) return { value, repeated };
  const word = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "number";
  const why = `json: cannot unmarshal ${word} into Go value of type map[string]interface {}`;
  throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
}
function parseText(text: string): { readonly value: Json; readonly repeated: readonly string[] } {
  const json = text.trimStart().startsWith("{") ? asJson(text) : undefined;
  if (json !== undefined) return { value: json, repeated: [] };
  try {
    return parseYaml(text);
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`) : error;
  }
}
/** Most clients send JSON, which reads much faster; what repeats a key or is no JSON after all is read as YAML. */
function asJson(text: string): Json | undefined {
  try {
    const { value, repeated } = parseJsonText(text);
    return repeated.size > 0 ? undefined : withoutExact(value);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** The object after the apply, in the stored version. */
async function applied(x: Exchange, live: KubeObject | undefined, given: Given, options: WriteOptions): Promise<KubeObject> {
  const { row, version } = x.found;
  checkType(x.found.version.schema(), given.value);
  const shown = live === undefined ? undefined : (await fromStored(row, version, [live]))[0];
  const { object: result } = merged(shown, given, writeOf(x, options.fieldManager), options);
  tellRepeated(x, given, options);
  const object: KubeObject = { ...result, metadata: { ...result.metadata } };
  if (live === undefined) {
    const { uid } = object.metadata;
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    if (uid) throw conflict(groupResource(targetOf(x)), x.info.name, why);
    // It would be a precondition of what is not there.
    delete object.metadata.resourceVersion;
  }
  checkNamespace(x, object);
  checkName(x, object);
  if (live === undefined) await x.api.authorize?.(x, "create");
  const stored = await toStored(row, version, object);
  await admitChange(x, live, stored, options);
  dropRepeatedOwners(x, stored, " after mutating admission happens");
  return stored;
}

function checkType({ gvk: { group, version, kind } }: KindSchema, value: JsonObject): void {
  const text = (field: string): string => (typeof value[field] === "string" ? value[field] : "");
  const gv = parseApiVersion(text("apiVersion")) ?? { group: "", version: "" };
  if (gv.group !== group || gv.version !== version || text("kind") !== kind) {
    throw badRequest(`invalid object type: ${gv.group}/${gv.version}, Kind=${text("kind")}`);
  }
  const metadata = value["metadata"];
  const owners = isObject(metadata) ? metadata["managedFields"] : undefined;
  if (owners !== undefined && owners !== null) throw badRequest("metadata.managedFields must be nil");
}

/** An apply of an object of another kind that stands for the stored one: a Scale. */
export function appliedAs(write: Write, live: KubeObject, given: Given, options: WriteOptions): KubeObject {
  checkType(write.kind, given.value);
  return merged(live, given, write, options).object;
}
function merged(live: KubeObject | undefined, given: Given, write: Write, options: WriteOptions): Applied {
  const application = { write, applied: given.value, force: options.force === true };
  try {
    return apply(live, application, (value) => settled(write.kind, value, given.value));
  } catch (error) {
    if (error instanceof ApplyConflicts) throw conflicting(error);
    throw error instanceof ApplyProblem ? internal(error.message) : error;
  }
}
/** The merged value as an object of its kind, with defaults. */
function settled(kind: KindSchema, value: Json, sent: JsonObject): KubeObject {
  const mismatch = kind.protobuf ? strategicMismatch(kind.root, value) : undefined;
  try {
    if (mismatch !== undefined) throw new DecodeError("type", mismatch);
    return applyDefaults(kind, toNormalForm(value, kind, { fieldValidation: "ignore" }).object);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { group, version, kind: name } = kind.gvk;
    const why = `unable to convert unstructured object to ${group}/${version}, Kind=${name}: ${error.message}`;
    throw new ApplyProblem(`failed to convert new object (${namedObject(sent)}) to proper version: ${why}`);
  }
}
const internal = (message: string): StatusError =>
  new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
const conflicting = (error: ApplyConflicts): StatusError =>
  failure("Conflict", error.message, {
    details: {
      causes: error.causes.map(({ manager, path }) => ({
        reason: "FieldManagerConflict",
        message: `conflict with ${manager}`,
        field: path,
      })),
    },
  });

function tellRepeated(x: Exchange, { repeated }: Given, { fieldValidation }: WriteOptions): void {
  if (repeated.length === 0 || fieldValidation === "ignore") return;
  if (fieldValidation === "strict") {
    const problems = `yaml: unmarshal errors:\n  ${repeated.join("\n  ")}`;
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${problems}`);
  }
  for (const text of repeated) x.warnings.add(text);
}
