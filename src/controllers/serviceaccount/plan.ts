import type { Namespace } from "../shared/types.js";

const WANTED = ["default"] as const;

/** Names of the accounts to make. */
export function plan(namespace: Namespace | undefined, there: ReadonlySet<string>): readonly string[] {
  if (namespace?.status?.phase !== "Active") return [];
  return WANTED.filter((name) => !there.has(name));
}
