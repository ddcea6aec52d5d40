import { tolerates } from "../shared/tolerations.js";
import type { Node, PodSpec, PodTemplate, Toleration } from "../shared/types.js";
import type { DaemonSet } from "./types.js";

interface NodeExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}
interface NodeTerm {
  readonly matchExpressions?: readonly NodeExpression[];
  readonly matchFields?: readonly NodeExpression[];
}
interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly NodeTerm[] };
  };
}
type AffineSpec = PodSpec & { readonly affinity?: Affinity };

const always = (key: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${key}`, operator: "Exists", effect });
/** A daemon stays where others must leave. */
function tolerationsOf(spec: PodSpec): readonly Toleration[] {
  const added = [
    always("not-ready", "NoExecute"),
    always("unreachable", "NoExecute"),
    always("disk-pressure", "NoSchedule"),
    always("memory-pressure", "NoSchedule"),
    always("pid-pressure", "NoSchedule"),
    always("unschedulable", "NoSchedule"),
    ...(spec.hostNetwork ? [always("network-unavailable", "NoSchedule")] : []),
  ];
  const given = spec.tolerations ?? [];
  const isSame = (a: Toleration, b: Toleration): boolean =>
    a.key === b.key && a.effect === b.effect && (a.operator ?? "Equal") === (b.operator ?? "Equal") && (a.value ?? "") === (b.value ?? "");
  return [...given.filter((g) => !added.some((a) => isSame(a, g))), ...added];
}
function fits(value: string | undefined, { operator, values = [] }: NodeExpression): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
function isAffine(spec: AffineSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined) return true;
  return terms.some((term) => {
    const { matchExpressions = [], matchFields = [] } = term;
    if (matchExpressions.length + matchFields.length === 0) return false;
    return matchExpressions.every((e) => fits(labels[e.key], e)) && matchFields.every((e) => fits(node.metadata.name, e));
  });
}

export interface Placement {
  /** A pod should be made there. */
  readonly runs: boolean;
  /** One that is there may stay. */
  readonly stays: boolean;
}
export function placementOf(set: DaemonSet, node: Node): Placement {
  const spec = set.spec.template.spec;
  if ((spec.nodeName && spec.nodeName !== node.metadata.name) || !isAffine(spec, node)) return { runs: false, stays: false };
  const tolerations = tolerationsOf(spec);
  const against = (node.spec?.taints ?? []).filter((t) => t.effect !== "PreferNoSchedule" && !tolerations.some((own) => tolerates(own, t)));
  return { runs: against.length === 0, stays: !against.some((t) => t.effect === "NoExecute") };
}

/** The template of one node's pod: the scheduler can put it nowhere else. */
export function templateFor(set: DaemonSet, node: string, labels: Readonly<Record<string, string>>): PodTemplate {
  const { template } = set.spec;
  const spec: AffineSpec = template.spec;
  const here = { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }] };
  const nodeAffinity = { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: here };
  const placed = { ...spec, affinity: { ...spec.affinity, nodeAffinity }, tolerations: tolerationsOf(spec) } as PodSpec;
  return { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } }, spec: placed };
}
/** Where a pod is, or will be when it is scheduled. */
export function nodeOfPod(spec: PodSpec): string {
  if (spec.nodeName) return spec.nodeName;
  for (const term of (spec as AffineSpec).affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [])
    for (const field of term.matchFields ?? [])
      if (field.key === "metadata.name" && field.operator === "In") return field.values?.[0] ?? "";
  return "";
}
