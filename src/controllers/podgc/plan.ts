import { isBeingDeleted, isOver } from "../shared/pods.js";
import type { Node, Pod } from "../shared/types.js";

/** Why a pod is removed. */
export type Garbage =
  | { readonly kind: "orphan" | "unscheduled" | "outOfService"; readonly pod: Pod; readonly message: string }
  | { readonly kind: "terminated"; readonly pod: Pod };

const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

export interface PodGcFacts {
  readonly nodes: ReadonlyMap<string, Node>;
  /** Names of nodes that are surely gone. */
  readonly gone: ReadonlySet<string>;
  readonly terminatedMax: number;
}

/** Pods that nobody else will remove. */
export function plan(pods: readonly Pod[], { nodes, gone, terminatedMax }: PodGcFacts): readonly Garbage[] {
  const garbage: Garbage[] = [];
  const over = pods.filter((p) => isOver(p) && !isBeingDeleted(p));
  const oldest = [...over].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  for (const pod of oldest.slice(0, Math.max(0, over.length - terminatedMax))) garbage.push({ kind: "terminated", pod });
  for (const pod of pods) {
    const name = pod.spec.nodeName ?? "";
    if (name !== "" && gone.has(name)) garbage.push({ kind: "orphan", pod, message: "PodGC: node no longer exists" });
    else if (name === "" && isBeingDeleted(pod)) garbage.push({ kind: "unscheduled", pod, message: "" });
    else if (isBeingDeleted(pod) && isOutOfService(nodes.get(name)))
      garbage.push({ kind: "outOfService", pod, message: "PodGC: node has out-of-service taint" });
  }
  return garbage;
}
function isOutOfService(node: Node | undefined): boolean {
  const isReady = node?.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;
  return node !== undefined && !isReady && (node.spec?.taints ?? []).some((t) => t.key === OUT_OF_SERVICE);
}
