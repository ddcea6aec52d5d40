/** How long kubelets may keep secrets and config maps, by the number of nodes. Source: the ttl controller's steps. */
const STEPS = [
  { upTo: 100, seconds: 0 },
  { upTo: 500, seconds: 15 },
  { upTo: 1_000, seconds: 30 },
  { upTo: 2_000, seconds: 60 },
  { upTo: Number.POSITIVE_INFINITY, seconds: 300 },
] as const;
export const ttlSeconds = (nodes: number): number => (STEPS.find((s) => nodes <= s.upTo) ?? STEPS[4]).seconds;
