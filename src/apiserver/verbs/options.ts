import { badRequest, type FieldError, forbiddenField, invalid, invalidObject, notSupported, tooLong } from "../../kube/meta/index.js";
import type { FieldValidation } from "../../kube/schema/index.js";
import type { DeleteOptions } from "../resources/index.js";
import { FIELD_MANAGER_CHARACTERS_MAX } from "./limits.js";

const META = "meta.k8s.io";
const optionsInvalid = (kind: string, errors: readonly FieldError[]) => invalidObject({ group: META, kind }, "", errors);

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean | undefined;
}

/** Options of create, update and patch out of the query; 422 for what is not one. */
export function writeOptions(
  query: URLSearchParams,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  apply = false,
): WriteOptions {
  const errors: FieldError[] = [];
  const force = booleanOption(query, "force");
  const fieldManager = query.get("fieldManager") ?? "";
  if (kind === "PatchOptions") {
    if (!apply && force !== undefined) errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
    if (apply && fieldManager === "")
      errors.push({ type: "Required", path: "fieldManager", value: undefined, detail: "is required for apply patch" });
  }
  errors.push(
    ...fieldManagerErrors(fieldManager),
    ...dryRunErrors(query.getAll("dryRun")),
    ...fieldValidationErrors(query.get("fieldValidation") ?? ""),
  );
  if (errors.length > 0) throw optionsInvalid(kind, errors);
  const validation = (query.get("fieldValidation") || "Warn").toLowerCase() as FieldValidation;
  return { dryRun: query.getAll("dryRun").length > 0, fieldManager, fieldValidation: validation, force };
}
const booleanOption = (query: URLSearchParams, name: string): boolean | undefined => {
  const value = query.get(name);
  return value === null ? undefined : !["", "0", "false", "f"].includes(value.toLowerCase());
};
function fieldManagerErrors(manager: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (manager.length > FIELD_MANAGER_CHARACTERS_MAX) errors.push(tooLong("fieldManager", FIELD_MANAGER_CHARACTERS_MAX));
  let position = 0;
  for (const c of manager) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c)) {
      const code = c.codePointAt(0) as number;
      errors.push(
        invalid(
          "fieldManager",
          manager,
          `invalid character U+${code.toString(16).toUpperCase().padStart(4, "0")} (at position ${position})`,
        ),
      );
    }
    position += Buffer.byteLength(c);
  }
  return errors;
}
function dryRunErrors(values: readonly string[]): readonly FieldError[] {
  if (values.every((v) => v === "All")) return [];
  const value = values as string[];
  return [notSupported("dryRun", [...value], ["All"])];
}
const fieldValidationErrors = (value: string): readonly FieldError[] =>
  ["", "Ignore", "Warn", "Strict"].includes(value) ? [] : [notSupported("fieldValidation", value, ["", "Ignore", "Strict", "Warn"])];

const POLICIES = ["Foreground", "Background", "Orphan"];
/** 422 for what no DELETE may ask. */
export function checkDeleteOptions(o: DeleteOptions): DeleteOptions {
  const errors: FieldError[] = [];
  if (o.propagationPolicy !== undefined && o.orphanDependents !== undefined) {
    errors.push(invalid("propagationPolicy", o.propagationPolicy, "orphanDependents and deletionPropagation cannot be both set"));
  }
  if (o.propagationPolicy !== undefined && !POLICIES.includes(o.propagationPolicy)) {
    errors.push({
      ...notSupported("propagationPolicy", o.propagationPolicy, []),
      detail: 'supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  }
  errors.push(...dryRunErrors(o.dryRun ?? []));
  if (errors.length > 0) throw optionsInvalid("DeleteOptions", errors);
  return o;
}
export function deleteOptionsOfQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get("gracePeriodSeconds");
  const orphan = booleanOption(query, "orphanDependents");
  const policy = query.get("propagationPolicy");
  if (grace !== null && !/^[+-]?\d+$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing "${grace}": invalid syntax`);
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
    ...(policy === null ? {} : { propagationPolicy: policy as NonNullable<DeleteOptions["propagationPolicy"]> }),
    ...(query.has("dryRun") ? { dryRun: query.getAll("dryRun") } : {}),
  };
}

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly resourceVersion: string;
  readonly match: "" | "Exact" | "NotOlderThan";
  readonly limit: number;
  readonly continueToken: string;
  readonly watch: boolean;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  if (BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": value out of range`);
  return Number(text);
}

/** The first of a repeated parameter wins. 400 for numbers that are none, 422 for combinations that mean nothing. */
export function listOptions(query: URLSearchParams, watch: boolean): ListOptions {
  const options: ListOptions = {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    match: (query.get("resourceVersionMatch") ?? "") as ListOptions["match"],
    limit: integer(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    watch,
    bookmarks: booleanOption(query, "allowWatchBookmarks") ?? false,
    sendInitialEvents: booleanOption(query, "sendInitialEvents"),
    timeoutSeconds: integer(query, "timeoutSeconds"),
  };
  const errors = watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw optionsInvalid("ListOptions", errors);
  return options;
}

const MATCH = "resourceVersionMatch";
const unknownMatch = (match: string): boolean => !["", "Exact", "NotOlderThan"].includes(match);
const matchNotSupported = (match: string): FieldError => notSupported(MATCH, match, ["Exact", "NotOlderThan", ""]);

function listErrors(o: ListOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (o.match !== "") {
    if (o.resourceVersion === "")
      errors.push(forbiddenField(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (o.continueToken !== "") errors.push(forbiddenField(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
    if (unknownMatch(o.match)) errors.push(matchNotSupported(o.match));
    if (o.match === "Exact" && o.resourceVersion === "0") {
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (o.sendInitialEvents !== undefined) errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return errors;
}
function watchErrors(o: ListOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (o.sendInitialEvents !== undefined && o.match !== "NotOlderThan") {
    errors.push(forbiddenField(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (o.match === "") return errors;
  if (o.sendInitialEvents === undefined) {
    errors.push(forbiddenField(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (o.match !== "NotOlderThan") errors.push(notSupported(MATCH, o.match, ["NotOlderThan"]));
  if (o.continueToken !== "") errors.push(forbiddenField(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
  return errors;
}
