import type { Taint, Toleration } from "./types.js";

/** An empty key is every key, an empty effect every effect. */
export function tolerates({ key, operator, value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === "Exists" || value === (taint.value ?? "");
}
