import { equalJson, type FieldError, invalid, type Json, type JsonObject } from "../../../kube/meta/index.js";
import { child, childAt, field, list, objects, text, texts } from "../shared/read.js";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const TERMS = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`;

/** A pod that waits at a gate may be told more about its nodes. Errors, and the spec with those changes put back. */
export function withoutGatedChanges(
  spec: JsonObject,
  was: JsonObject,
): { readonly errors: readonly FieldError[]; readonly spec: JsonObject } {
  if (list(was, "schedulingGates").length === 0) return { errors: [], spec };
  const back: JsonObject = { ...spec };
  const errors: FieldError[] = [];
  const [now, before] = [child(spec, "nodeSelector") ?? {}, child(was, "nodeSelector") ?? {}];
  if (!equalJson(now, before)) {
    const kept = Object.entries(before).every(([k, v]) => now[k] === v);
    if (!kept)
      errors.push(
        invalid(
          "spec.nodeSelector",
          child(spec, "nodeSelector"),
          "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
        ),
      );
    if (was["nodeSelector"] === undefined) delete back["nodeSelector"];
    else back["nodeSelector"] = was["nodeSelector"];
  }
  const [affinity, old] = [childAt(spec, "affinity", "nodeAffinity"), childAt(was, "affinity", "nodeAffinity")];
  if (!equalJson(affinity, old)) {
    errors.push(...affinityErrors(affinity, old));
    putAffinityBack(back, was, old);
  }
  return { errors, spec: back };
}
function putAffinityBack(back: JsonObject, was: JsonObject, old: JsonObject | undefined): void {
  const now: JsonObject = { ...child(back, "affinity") };
  delete now["nodeAffinity"];
  if (old !== undefined) back["affinity"] = { ...now, nodeAffinity: old };
  else if (child(was, "affinity") === undefined && Object.keys(now).length === 0) delete back["affinity"];
  else back["affinity"] = now;
}

function affinityErrors(now: JsonObject | undefined, old: JsonObject | undefined): readonly FieldError[] {
  const before = objects(child(old, REQUIRED), "nodeSelectorTerms");
  const terms = objects(child(now, REQUIRED), "nodeSelectorTerms");
  if (before.length === 0) return [];
  if (before.length !== terms.length)
    return [
      invalid(
        TERMS,
        terms.length === 0 ? null : terms.map(termDump),
        "no additions/deletions to non-empty NodeSelectorTerms list are allowed",
      ),
    ];
  return terms.flatMap((term, i) =>
    onlyAdds(term, before[i] as JsonObject)
      ? []
      : [invalid(`${TERMS}[${i}]`, termDump(term), "only additions are allowed (no mutations or deletions)")],
  );
}
function onlyAdds(term: JsonObject, old: JsonObject): boolean {
  const [expressions, fields] = [list(old, "matchExpressions"), list(old, "matchFields")];
  const given = [...list(term, "matchExpressions"), ...list(term, "matchFields")].length > 0;
  // An empty term matches nothing: what is added to it would make it match.
  if (expressions.length === 0 && fields.length === 0) return !given;
  const starts = (now: readonly Json[], first: readonly Json[]): boolean => equalJson(now.slice(0, first.length), [...first]);
  return starts(list(term, "matchExpressions"), expressions) && starts(list(term, "matchFields"), fields);
}

const requirementDump = (r: JsonObject): Json => ({
  Key: text(r, "key"),
  Operator: text(r, "operator"),
  Values: field(r, "values") === undefined ? null : [...texts(r, "values")],
});
const listDump = (term: JsonObject, name: string): Json =>
  list(term, name).length === 0 ? null : objects(term, name).map(requirementDump);
const termDump = (term: JsonObject): Json => ({
  MatchExpressions: listDump(term, "matchExpressions"),
  MatchFields: listDump(term, "matchFields"),
});
