import { type FieldError, invalid } from "../../../kube/meta/index.js";
import { BASELINE } from "./baseline.js";
import type { Check, PodParts, Violation } from "./check.js";
import { RESTRICTED } from "./restricted.js";

export type Level = "privileged" | "baseline" | "restricted";
export interface LevelVersion {
  readonly level: Level;
  /** Minor of 1; Infinity is "latest". */
  readonly version: number;
}
export interface Policy {
  readonly enforce: LevelVersion;
  readonly warn: LevelVersion;
}

const LEVELS: readonly Level[] = ["privileged", "baseline", "restricted"];
const PREFIX = "pod-security.kubernetes.io/";
const LATEST = Number.POSITIVE_INFINITY;
export const strictness = (level: Level): number => LEVELS.indexOf(level);
export const levelText = ({ level, version }: LevelVersion): string => `${level}:${version === LATEST ? "latest" : `v1.${version}`}`;

/** A namespace's labels; what is wrong with one makes it as strict as can be. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined): {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
} {
  const errors: FieldError[] = [];
  const one = (mode: "enforce" | "audit" | "warn"): LevelVersion => {
    const level = parseLevel(labels?.[PREFIX + mode], `${PREFIX}${mode}`, errors);
    return { level, version: parseVersion(labels?.[`${PREFIX}${mode}-version`], `${PREFIX}${mode}-version`, errors) };
  };
  const enforce = one("enforce");
  one("audit");
  const warn = one("warn");
  // An enforced level that nobody says to warn of is not warned of.
  return { policy: { enforce, warn }, errors };
}
const at = (label: string): string => `metadata.labels[${label}]`;
function parseLevel(text: string | undefined, label: string, errors: FieldError[]): Level {
  if (text === undefined) return "privileged";
  if (LEVELS.includes(text as Level)) return text as Level;
  errors.push(invalid(at(label), text, `must be one of ${LEVELS.join(", ")}`));
  return "restricted";
}
function parseVersion(text: string | undefined, label: string, errors: FieldError[]): number {
  if (text === undefined || text === "latest") return LATEST;
  const match = /^v1\.(0|[1-9]\d{0,8})$/.exec(text);
  if (match) return Number(match[1]);
  errors.push(invalid(at(label), text, 'must be "latest" or "v1.x"'));
  return LATEST;
}

function running(check: Check, version: number): ((pod: PodParts) => Violation | undefined) | undefined {
  return check.versions.filter((v) => v.since <= version).at(-1)?.run;
}
/** What a pod does that the level of that version does not allow, in the order of the checks. */
export function violations(policy: LevelVersion, pod: PodParts): readonly Violation[] {
  if (policy.level === "privileged") return [];
  const strict = policy.level === "restricted" ? RESTRICTED.filter((c) => running(c, policy.version) !== undefined) : [];
  const replaced = new Set(strict.map((c) => c.replaces));
  const checks = [...BASELINE.filter((c) => !replaced.has(c.id)), ...strict];
  return checks.flatMap((c) => running(c, policy.version)?.(pod) ?? []);
}
export const violationText = (all: readonly Violation[]): string =>
  all.map((v) => (v.detail === "" ? v.reason : `${v.reason} (${v.detail})`)).join(", ");
