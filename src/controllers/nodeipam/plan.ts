/** The addresses of pods, and how many bits of them a node gets. Source: kube-controller-manager's --cluster-cidr as kubeadm sets it. */
export const CLUSTER_CIDR = { base: [10, 244, 0, 0], bits: 16, nodeBits: 24 } as const;
const RANGES = 2 ** (CLUSTER_CIDR.nodeBits - CLUSTER_CIDR.bits);

/** The i-th range of the cluster's. */
export const rangeOf = (i: number): string => {
  const [a, b] = CLUSTER_CIDR.base;
  return `${a}.${b}.${i}.0/${CLUSTER_CIDR.nodeBits}`;
};
/** The first range that nobody has; undefined: all are given. */
export function freeRange(taken: ReadonlySet<string>): string | undefined {
  for (let i = 0; i < RANGES; i++) if (!taken.has(rangeOf(i))) return rangeOf(i);
  return undefined;
}
