import type { NodeInfo } from "../node-info.js";
import { requiredNodes, type Selectable, termMatches } from "../node-selector.js";
import { AVOIDED, CORDONED, TAINTED } from "../node-table.js";
import { normalize } from "../scores.js";
import type { NodeSelectorTerm, PodSpecShape, TaintShape } from "../shapes.js";
import { isTolerated, untolerated } from "../tolerations.js";
import type { CyclePlugin, Rejection } from "../types.js";

/** Nothing that happens to pods changes what a node is. */
const never = (plugin: string, reason: string): Rejection => ({ plugin, canPreempt: false, reasons: [reason] });

const CORDON_TAINT: TaintShape = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const CORDON = never("NodeUnschedulable", "node(s) were unschedulable");
export const nodeUnschedulable: CyclePlugin = {
  name: "NodeUnschedulable",
  startFilter: (pod, { table }) => {
    if (!table.has(CORDONED) || isTolerated(CORDON_TAINT, pod.spec.tolerations ?? [])) return undefined;
    return {
      filter: (node) => (node.isUnschedulable ? CORDON : undefined),
      filterAt: (slot) => (((table.marks[slot] as number) & CORDONED) === 0 ? undefined : CORDON),
      isStatic: true,
    };
  },
};

const OTHER_NAME = never("NodeName", "node(s) didn't match the requested node name");
export const nodeName: CyclePlugin = {
  name: "NodeName",
  startFilter: ({ spec }) =>
    (spec.nodeName ?? "") === "" ? undefined : { filter: (node) => (node.name === spec.nodeName ? undefined : OTHER_NAME), isStatic: true },
};

const UNTOLERATED = never("TaintToleration", "node(s) had untolerated taint(s)");
export const taintToleration: CyclePlugin = {
  name: "TaintToleration",
  startFilter: ({ spec: { tolerations = [] } }, { table }) => {
    if (!table.has(TAINTED)) return undefined;
    const filter = ({ taints }: NodeInfo): Rejection | undefined =>
      taints.length > 0 && untolerated(taints, tolerations) ? UNTOLERATED : undefined;
    return {
      filter,
      filterAt: (slot) => (((table.marks[slot] as number) & TAINTED) === 0 ? undefined : filter(table.at(slot) as NodeInfo)),
      isStatic: true,
    };
  },
  scoreAll: ({ spec }, { table }, slots, scores) => {
    const isAvoided = (slot: number): boolean => ((table.marks[slot] as number) & AVOIDED) !== 0;
    // Equal for all nodes: no need to ask each.
    if (!table.has(AVOIDED) || !slots.some(isAvoided)) return false;
    const tolerations = (spec.tolerations ?? []).filter((t) => (t.effect ?? "") === "" || t.effect === "PreferNoSchedule");
    const avoided = ({ taints }: NodeInfo): number =>
      taints.filter((t) => t.effect === "PreferNoSchedule" && !isTolerated(t, tolerations)).length;
    slots.forEach((slot, i) => {
      if (isAvoided(slot)) scores[i] = avoided(table.at(slot) as NodeInfo);
    });
    normalize(scores, true);
    return true;
  },
};

const ELSEWHERE = never("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
const ENFORCED = never("NodeAffinity", "node(s) didn't match scheduler-enforced node affinity");
type NodeAffinityShape = NonNullable<NonNullable<PodSpecShape["affinity"]>["nodeAffinity"]>;

/** `added`: holds for all pods of the profile besides their own. */
export const nodeAffinity = (added: NodeAffinityShape = {}): CyclePlugin => {
  const enforced = requiredNodes({ affinity: { nodeAffinity: added } });
  return {
    name: "NodeAffinity",
    startFilter: ({ spec, requiredNodes: own }) => {
      if (!own && !enforced) return undefined;
      const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
      const nodes = terms && terms.length > 0 ? namedNodes(terms) : undefined;
      if (nodes?.size === 0) return never("NodeAffinity", "pod affinity terms conflict");
      const filter = (node: Selectable): Rejection | undefined => {
        if (enforced && !enforced(node)) return ENFORCED;
        return own && !own(node) ? ELSEWHERE : undefined;
      };
      return { filter, isStatic: true, ...(nodes === undefined ? {} : { nodes }) };
    },
    scoreAll: ({ spec }, { table }, slots, scores) => {
      const of = (a: NodeAffinityShape | undefined) => a?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      const preferred = [...of(added), ...of(spec.affinity?.nodeAffinity)];
      if (preferred.length === 0) return false;
      slots.forEach((slot, i) => {
        const node = table.at(slot) as NodeInfo;
        for (const { weight, preference } of preferred) if (prefers(preference, node)) scores[i] = (scores[i] as number) + weight;
      });
      normalize(scores, false);
      return true;
    },
  };
};
/** An empty preference means no node. */
const prefers = (term: NodeSelectorTerm, node: Selectable): boolean =>
  (term.matchExpressions ?? []).length + (term.matchFields ?? []).length === 0 ? false : termMatches(term, node);

/** Where every term asks for nodes by name, only those need to be looked at. */
function namedNodes(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const named = matchFields.filter((r) => r.key === "metadata.name" && r.operator === "In").map((r) => new Set(r.values ?? []));
    if (named.length === 0) return undefined;
    for (const name of named[0] ?? []) if (named.every((set) => set.has(name))) names.add(name);
  }
  return names;
}

const PORT_TAKEN: Rejection = {
  plugin: "NodePorts",
  canPreempt: true,
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
};
export const nodePorts: CyclePlugin = {
  name: "NodePorts",
  startFilter: ({ ports }) =>
    ports.length === 0 ? undefined : { filter: (node) => (ports.some((p) => node.isPortTaken(p)) ? PORT_TAKEN : undefined) },
};
