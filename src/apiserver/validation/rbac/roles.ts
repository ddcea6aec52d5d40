import { type FieldError, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { type SelectorOptions, selectorErrors, selectorHasBadValue } from "../shared/labels.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, has, list, objects, texts } from "../shared/read.js";
import { pathSegment } from "../shared/references.js";
import { type Errors, NONE } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const SELECTORS = "aggregationRule.clusterRoleSelectors";

function ruleErrors(rule: JsonObject, path: string, namespaced: boolean): Errors {
  const errors: FieldError[] = [];
  const urls = texts(rule, "nonResourceURLs");
  const wrong = (why: string): number => errors.push(invalid(`${path}.nonResourceURLs`, [...urls], why));
  if (list(rule, "verbs").length === 0) errors.push(required(`${path}.verbs`, "verbs must contain at least one value"));
  if (urls.length > 0) {
    const regular = ["apiGroups", "resources", "resourceNames"].some((f) => list(rule, f).length > 0);
    if (namespaced) wrong("namespaced rules cannot apply to non-resource URLs");
    if (regular) wrong("rules cannot apply to both regular resources and non-resource URLs");
    return errors;
  }
  if (list(rule, "apiGroups").length === 0) errors.push(required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  if (list(rule, "resources").length === 0) errors.push(required(`${path}.resources`, "resource rules must supply at least one resource"));
  return errors;
}
const rulesErrors = (o: KubeObject, namespaced: boolean): Errors =>
  objects(o, "rules").flatMap((r, i) => ruleErrors(r, `rules[${i}]`, namespaced));

function aggregationErrors(o: KubeObject, options: SelectorOptions): Errors {
  if (!has(o, "aggregationRule")) return NONE;
  const selectors = selectorsOf(o);
  if (selectors.length === 0) return [required(SELECTORS, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
  return selectors.flatMap((s, i) => {
    const path = `${SELECTORS}[${i}]`;
    // What cannot be asked of labels is told a second time, whatever is tolerated.
    const unusable = selectorErrors(s, path).length > 0 ? [invalid(path, undefined, "invalid label selector.")] : NONE;
    return [...selectorErrors(s, path, options), ...unusable];
  });
}
const selectorsOf = (o: KubeObject): readonly JsonObject[] => objects(child(o, "aggregationRule"), "clusterRoleSelectors");

const roleErrors = (o: KubeObject): Errors => [...metaOf(o, { name: pathSegment }), ...rulesErrors(o, true)];
const clusterRoleErrors = (o: KubeObject, options: SelectorOptions = {}): Errors => [
  ...metaOf(o, { namespaced: false, name: pathSegment }),
  ...rulesErrors(o, false),
  ...aggregationErrors(o, options),
];
export const ROLE: KindRules = {
  name: pathSegment,
  ownMetadata: "all",
  create: roleErrors,
  update: (o, old) => [...roleErrors(o), ...metaChangesOf(o, old)],
};
export const CLUSTER_ROLE: KindRules = {
  name: pathSegment,
  ownMetadata: "all",
  create: (o) => clusterRoleErrors(o),
  update: (o, old) => [...clusterRoleErrors(o, { anyValue: selectorsOf(old).some(selectorHasBadValue) }), ...metaChangesOf(o, old)],
};
