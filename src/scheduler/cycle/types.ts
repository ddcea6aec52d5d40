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
}
/** A plugin and how much its score weighs; 0: it is not asked for scores. */
export interface WeightedPlugin {
  readonly plugin: CyclePlugin;
  readonly weight: number;
}
