/** Scores lie between 0 and this. Source: the scheduling framework. */
export const MAX_NODE_SCORE = 100;
/** A container without a request counts as this much when nodes are compared. Source: kube-scheduler. */
export const DEFAULT_MILLI_CPU_REQUEST = 100;
export const DEFAULT_MEMORY_REQUEST = 200 * 1024 * 1024;

/** With fewer nodes all of them are looked at. Source: kube-scheduler. */
export const MIN_FEASIBLE_NODES = 100;
/** Adaptive share of nodes that must be found feasible: 50 % less one per 125 nodes, at least 5 %. Source: kube-scheduler. */
export const FEASIBLE_PERCENT_START = 50;
export const FEASIBLE_PERCENT_NODES_STEP = 125;
export const FEASIBLE_PERCENT_MIN = 5;

/** Nodes on which preemption is tried: a tenth, at least this many. Source: DefaultPreemptionArgs. */
export const PREEMPTION_CANDIDATES_PERCENT = 10;
export const PREEMPTION_CANDIDATES_MIN = 100;

/** Weight of other pods' required affinity when nodes are scored. Source: InterPodAffinityArgs. */
export const HARD_POD_AFFINITY_WEIGHT = 1;

/** Image sizes between which locality is scored, the upper one per container. Source: kube-scheduler. */
export const IMAGE_MIN_BYTES = 23 * 1024 * 1024;
export const IMAGE_MAX_BYTES_PER_CONTAINER = 1_000 * 1024 * 1024;

/** Changes of nodes that are remembered: counts that are older are made anew, which costs about as much. Ours. */
export const CHANGES_MAX = 8_192;
/** Numbers kept for counts of pods by node, in all: 8 bytes each. Ours. */
export const TALLY_CELLS_MAX = 1_000_000;
/** So many counts are kept, however many nodes there are, and no more than that. Ours. */
export const TALLIES_MIN = 16;
export const TALLIES_MAX = 1_024;
/** Kinds of requests that pods share. Ours. */
export const SHARED_REQUESTS_MAX = 4_096;
/** Kinds of pods whose attempts at preemption are remembered, with an entry a node. Ours. */
export const DRY_RUNS_MAX = 8;
