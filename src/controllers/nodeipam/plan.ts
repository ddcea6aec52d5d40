/** The addresses of pods, and how many bits of them a node gets. kube-controller-manager's --cluster-cidr as kubeadm sets it begins where
 *  this does and holds 256 nodes; this one 1,024. */
export const CLUSTER_CIDR = { base: [10, 244, 0, 0], bits: 14, nodeBits: 24 } as const;
const RANGES = 2 ** (CLUSTER_CIDR.nodeBits - CLUSTER_CIDR.bits);

const BYTE = 256;
/** The i-th range of the cluster's. */
export const rangeOf = (i: number): string => {
  const [a, b] = CLUSTER_CIDR.base;
  return `${a}.${b + Math.floor(i / BYTE)}.${i % BYTE}.0/${CLUSTER_CIDR.nodeBits}`;
};
/** The first range that nobody has; undefined: all are given. */
export function freeRange(isTaken: (range: string) => boolean): string | undefined {
  for (let i = 0; i < RANGES; i++) if (!isTaken(rangeOf(i))) return rangeOf(i);
  return undefined;
}
