import type { Amounts } from "./amounts.js";
import type { Cluster } from "./cluster.js";
import type { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";

/** Why a pod cannot go to a node. */
export interface Rejection {
  readonly plugin: string;
  /** Fewer pods on the node could help. */
  readonly canPreempt: boolean;
  readonly reasons: readonly string[];
}
export const isRejection = (x: FilterStage | Rejection | undefined): x is Rejection => x !== undefined && "reasons" in x;

/** What must be done in the API before the pod is bound, so that its volumes are where it goes. */
export type BeforeBinding =
  | { readonly kind: "bindVolume"; readonly volume: string; readonly namespace: string; readonly claim: string }
  | { readonly kind: "provision"; readonly namespace: string; readonly claim: string; readonly node: string };

/** A plugin's filter for one pod: what is the same for all nodes is worked out already. */
export interface FilterStage {
  /** Only these nodes are looked at. */
  readonly nodes?: ReadonlySet<string>;
  filter(node: NodeInfo): Rejection | undefined;
  /** As `filter` of the cluster's node in this slot: asked of thousands of nodes, it looks at the cluster's tables only. */
  filterAt?(slot: number): Rejection | undefined;
  /** Pods that come and go change nothing. */
  readonly isStatic?: true;
  /** As `filter`, if this much were used by so many pods: nothing else about pods matters. */
  filterUsed?(node: NodeInfo, used: Amounts, pods: number): Rejection | undefined;
  /** The same for all stages whose `filterUsed` gives the same answers. */
  readonly usedKey?: string;
  /** Tells of another pod that is put on a node or taken away, in a trial: nominated pods, preemption. */
  addPod?(pod: PodInfo, node: NodeInfo): void;
  removePod?(pod: PodInfo, node: NodeInfo): void;
  /** For a trial: what addPod and removePod change is its own. Absent: they change nothing. */
  copy?(): FilterStage;
  beforeBinding?(node: NodeInfo): readonly BeforeBinding[];
}
/** A plugin's score for one pod over the nodes that passed. */
export interface ScoreStage {
  score(node: NodeInfo): number;
  /** Brings all scores to 0..100, in place; they are in the order of the nodes. */
  normalize?(scores: number[]): void;
}

/** One rule of where a pod may or should go. Synchronous and without effects: a cycle can be repeated and explained. */
export interface CyclePlugin {
  readonly name: string;
  /** undefined: it has nothing to say of this pod. A rejection goes for every node. */
  startFilter?(pod: PodInfo, cluster: Cluster): FilterStage | Rejection | undefined;
  startScore?(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[]): ScoreStage | undefined;
  /**
   * Instead of it, for a plugin that reads the cluster's tables: writes the scores of the nodes in these slots over zeros, brought to 0..100.
   * false: it has nothing to say.
   */
  scoreAll?(pod: PodInfo, cluster: Cluster, slots: Int32Array, scores: Float64Array): boolean;
}
/** A plugin and how much its score weighs; 0: it is not asked for scores. */
export interface WeightedPlugin {
  readonly plugin: CyclePlugin;
  readonly weight: number;
}

/** A plugin's stage under its name. */
export interface NamedStage {
  readonly name: string;
  readonly stage: FilterStage;
}
/** All filters of one pod, started. */
export interface Filters {
  readonly stages: readonly NamedStage[];
  /** The only nodes to look at, and who said so. */
  readonly only: ReadonlySet<string> | undefined;
  readonly narrowedBy: readonly string[];
}
export interface CycleOptions {
  readonly plugins: readonly WeightedPlugin[];
  /** Of nodes, found feasible; 0: by the number of nodes. */
  readonly percentageOfNodes: number;
  readonly start: number;
  /** In [0, bound): decides between equal scores. */
  readonly below: (bound: number) => number;
}
