import { type JsonObject, labelValueErrors } from "../../../kube/meta/index.js";
import { child, objects, text, textEntries, texts } from "./read.js";

const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ["failure-domain.beta.kubernetes.io/region", 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ["failure-domain.beta.kubernetes.io/zone", 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ["beta.kubernetes.io/instance-type", 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  ["scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);
/** Why a label of nodes should not be used any more; undefined: it may. */
export const deprecatedNodeLabel = (key: string): string | undefined => DEPRECATED.get(key);

/** A map of labels that nodes must have; the path without the key is the caller's when `at` ignores it. */
export const nodeSelectorWarnings = (selector: JsonObject | undefined, at: (key: string) => string): readonly string[] =>
  textEntries({ s: selector ?? {} }, "s").flatMap(([key]) => {
    const why = DEPRECATED.get(key);
    return why === undefined ? [] : [`${at(key)}: ${why}`];
  });
/** NodeSelectorTerm, or a LabelSelector's expressions. `values`: those that are none are told too. */
export function nodeTermWarnings(term: JsonObject, path: string, values = false): readonly string[] {
  return objects(term, "matchExpressions").flatMap((e, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    const why = DEPRECATED.get(text(e, "key"));
    const bad = values
      ? texts(e, "values").flatMap((value, j) => labelValueErrors(value).map((m) => `${at}.values[${j}]: ${value} is invalid, ${m}`))
      : [];
    return [...(why === undefined ? [] : [`${at}.key: ${text(e, "key")} is ${why}`]), ...bad];
  });
}
/** LabelSelector over nodes. */
export const nodeLabelSelectorWarnings = (selector: JsonObject | undefined, path: string): readonly string[] => [
  ...nodeTermWarnings(selector ?? {}, path),
  ...nodeSelectorWarnings(child(selector, "matchLabels"), (key) => `${path}.matchLabels.${key}`),
];
