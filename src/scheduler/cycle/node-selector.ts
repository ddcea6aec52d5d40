import type { Labels, NodeSelectorRequirement, NodeSelectorTerm, PodSpecShape } from "./shapes.js";

/** What node affinity looks at: labels, and the name as the only field. */
export interface Selectable {
  readonly name: string;
  readonly labels: Labels;
}

function holds(r: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (r.operator) {
    case "In":
      return value !== undefined && (r.values ?? []).includes(value);
    case "NotIn":
      return value === undefined || !(r.values ?? []).includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return compares(r, value);
  }
}
const INTEGER = /^[+-]?\d+$/;
function compares(r: NodeSelectorRequirement, value: string | undefined): boolean {
  const bound = r.values?.[0];
  if (value === undefined || bound === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return false;
  const [a, b] = [BigInt(value.replace("+", "")), BigInt(bound.replace("+", ""))];
  return r.operator === "Gt" ? a > b : a < b;
}

/** All requirements of a term must hold; an empty term matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: Selectable): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((r) => holds(r, Object.hasOwn(node.labels, r.key) ? node.labels[r.key] : undefined)) &&
    matchFields.every((r) => holds(r, r.key === "metadata.name" ? node.name : undefined))
  );
}
/** One of the terms must match. */
export const termsMatch = (terms: readonly NodeSelectorTerm[], node: Selectable): boolean => terms.some((t) => termMatches(t, node));

/** spec.nodeSelector and required node affinity together; undefined: every node will do. */
export function requiredNodes(spec: PodSpecShape): ((node: Selectable) => boolean) | undefined {
  const labels = Object.entries(spec.nodeSelector ?? {});
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (labels.length === 0 && required === undefined) return undefined;
  return (node) =>
    labels.every(([key, value]) => node.labels[key] === value) && (required === undefined || termsMatch(required.nodeSelectorTerms, node));
}
