import { timeText } from "../../kube/client/index.js";
import { conditionOf } from "../shared/pods.js";
import type { Condition } from "../shared/types.js";

/** What was left of one resource after its deletion was asked for. */
export interface Remains {
  readonly group: string;
  readonly resource: string;
  readonly finalizers: readonly (readonly string[])[];
}
export interface Found {
  readonly remains: readonly Remains[];
  readonly discoveryError: string | undefined;
  readonly contentErrors: readonly string[];
  /** All of the content was looked at: only then totals are said. */
  readonly isWhole: boolean;
}

const FINE = [
  { type: "NamespaceDeletionDiscoveryFailure", reason: "ResourcesDiscovered", message: "All resources successfully discovered" },
  {
    type: "NamespaceDeletionGroupVersionParsingFailure",
    reason: "ParsedGroupVersions",
    message: "All legacy kube types successfully parsed",
  },
  {
    type: "NamespaceDeletionContentFailure",
    reason: "ContentDeleted",
    message: "All content successfully deleted, may be waiting on finalization",
  },
  { type: "NamespaceContentRemaining", reason: "ContentRemoved", message: "All content successfully removed" },
  { type: "NamespaceFinalizersRemaining", reason: "ContentHasNoFinalizers", message: "All content-preserving finalizers finished" },
] as const;
type Kind = (typeof FINE)[number]["type"];
type Trouble = Partial<Record<Kind, { readonly reason: string; readonly message: string }>>;

/** What a namespace that is going away says of why it is still there. */
export function conditions(former: readonly Condition[], found: Found, nowMs: number): readonly Condition[] {
  const trouble = troubles(found);
  const result = [...former];
  for (const { type, ...fine } of FINE) {
    const bad = trouble[type];
    const news = { type, status: bad === undefined ? ("False" as const) : ("True" as const), ...(bad ?? fine) };
    const at = result.findIndex((c) => c.type === type);
    const old = conditionOf(former, type);
    if (old?.status === news.status && old.message === news.message && old.reason === news.reason) continue;
    const since = old?.status === news.status ? (old.lastTransitionTime ?? null) : timeText(nowMs);
    const condition: Condition = { ...news, lastTransitionTime: since };
    if (at < 0) result.push(condition);
    else result[at] = condition;
  }
  return result;
}
function troubles(found: Found): Trouble {
  const trouble: Trouble = {};
  if (found.discoveryError !== undefined)
    trouble.NamespaceDeletionDiscoveryFailure = { reason: "DiscoveryFailed", message: found.discoveryError };
  if (found.contentErrors.length > 0) {
    const all = [...found.contentErrors].sort();
    const message = `Failed to delete all resource types, ${all.length} remaining: ${all.join(", ")}`;
    trouble.NamespaceDeletionContentFailure = { reason: "ContentDeletionFailed", message };
  }
  if (found.isWhole) Object.assign(trouble, totals(found.remains));
  return trouble;
}
function totals(remains: readonly Remains[]): Trouble {
  const trouble: Trouble = {};
  const resources = remains.filter((r) => r.finalizers.length > 0);
  if (resources.length > 0) {
    const texts = resources.map((r) => `${r.resource}.${r.group} has ${r.finalizers.length} resource instances`).sort();
    trouble.NamespaceContentRemaining = { reason: "SomeResourcesRemain", message: `Some resources are remaining: ${texts.join(", ")}` };
  }
  const counts = new Map<string, number>();
  for (const name of remains.flatMap((r) => r.finalizers.flat())) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size > 0) {
    const texts = [...counts].map(([name, count]) => `${name} in ${count} resource instances`).sort();
    trouble.NamespaceFinalizersRemaining = {
      reason: "SomeFinalizersRemain",
      message: `Some content in the namespace has finalizers remaining: ${texts.join(", ")}`,
    };
  }
  return trouble;
}
