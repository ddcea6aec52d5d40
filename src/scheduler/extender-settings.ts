import { SchedulerConfigError, type Section } from "./config-read.js";
import { EXTENDER_TIMEOUT_MS } from "./limits.js";

/** A program that has a say over HTTP. */
export interface ExtenderSettings {
  readonly urlPrefix: string;
  /** Paths behind the prefix; "": it does not take part there. */
  readonly filterVerb: string;
  readonly prioritizeVerb: string;
  readonly bindVerb: string;
  readonly weight: number;
  readonly timeoutMs: number;
  /** It knows the nodes: names are enough. */
  readonly nodeCacheCapable: boolean;
  /** Pods that ask for none of these are not its business; none: all are. */
  readonly managedResources: readonly string[];
  /** Its failures are passed over. */
  readonly ignorable: boolean;
}
export const EXTENDER_KEYS = [
  ...["urlPrefix", "filterVerb", "preemptVerb", "prioritizeVerb", "weight", "bindVerb", "enableHTTPS", "tlsConfig", "httpTimeout"],
  ...["nodeCacheCapable", "managedResources", "ignorable"],
];

export function extenderSettings(section: Section): ExtenderSettings {
  const urlPrefix = section.text("urlPrefix") ?? "";
  if (!/^https?:\/\/\S+$/.test(urlPrefix)) throw new SchedulerConfigError(`${section.path}.urlPrefix: write an http or https URL`);
  const prioritizeVerb = section.text("prioritizeVerb") ?? "";
  const weight = section.number("weight", 0, 2 ** 31 - 1) ?? 0;
  if (prioritizeVerb !== "" && weight === 0) throw new SchedulerConfigError(`${section.path}.weight: must be positive with prioritizeVerb`);
  return {
    urlPrefix: urlPrefix.replace(/\/$/, ""),
    filterVerb: section.text("filterVerb") ?? "",
    prioritizeVerb,
    bindVerb: section.text("bindVerb") ?? "",
    weight,
    timeoutMs: durationMs(section),
    nodeCacheCapable: section.flag("nodeCacheCapable") ?? false,
    managedResources: section.sections("managedResources", ["name", "ignoredByScheduler"]).map((s) => s.text("name") ?? ""),
    ignorable: section.flag("ignorable") ?? false,
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
function durationMs(section: Section): number {
  const text = section.text("httpTimeout");
  if (text === undefined) return EXTENDER_TIMEOUT_MS;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (!match) throw new SchedulerConfigError(`${section.path}.httpTimeout: ${text} is not a duration such as 500ms or 5s`);
  return Number(match[1]) * (UNITS_MS[match[2] as string] as number);
}
