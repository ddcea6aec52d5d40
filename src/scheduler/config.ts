import { isObject, type Json } from "../kube/meta/index.js";
import { parseYaml } from "../kube/schema/index.js";
import { SchedulerConfigError, Section } from "./config-read.js";
import { type CycleOptions, type CyclePlugin, DEFAULT_PLUGINS, type WeightedPlugin } from "./cycle/index.js";
import { EXTENDER_KEYS, type ExtenderSettings, extenderSettings } from "./extender-settings.js";
import { FACTORIES } from "./plugin-args.js";

/** What a profile decides about a cycle. */
export interface Profile extends Pick<CycleOptions, "plugins" | "percentageOfNodes"> {
  /** Less important pods may have to go. */
  readonly preempts: boolean;
}
export interface Profiles {
  /** By spec.schedulerName; undefined: the pod is somebody else's. */
  of(schedulerName: string | undefined): Profile | undefined;
  readonly backoff: { readonly backoffInitialMs?: number; readonly backoffMaxMs?: number };
  readonly extenders: readonly ExtenderSettings[];
}

export const DEFAULT_SCHEDULER = "default-scheduler";
const DEFAULT_PROFILE: Profile = { plugins: DEFAULT_PLUGINS, percentageOfNodes: 0, preempts: true };
export const DEFAULT_PROFILES: Profiles = {
  of: (name) => (name === DEFAULT_SCHEDULER ? DEFAULT_PROFILE : undefined),
  backoff: {},
  extenders: [],
};

const API_VERSION = "kubescheduler.config.k8s.io/v1";
const TOP = [
  ...["apiVersion", "kind", "parallelism", "leaderElection", "clientConnection", "enableProfiling", "enableContentionProfiling"],
  ...["percentageOfNodesToScore", "podInitialBackoffSeconds", "podMaxBackoffSeconds", "profiles", "extenders", "delayCacheUntilActive"],
];
const POINTS = ["filter", "preFilter", "score", "preScore", "postFilter", "multiPoint"] as const;
/** Points that other programs' plugins have and ours do in one of the above. */
const OTHER_POINTS = ["preEnqueue", "queueSort", "reserve", "permit", "preBind", "bind", "postBind"];

/** KubeSchedulerConfiguration v1 as YAML or JSON. `own`: plugins of the embedding program, by name. Throws SchedulerConfigError. */
export function parseSchedulerConfig(text: string, file: string, own: readonly CyclePlugin[] = []): Profiles {
  let value: Json;
  try {
    value = parseYaml(text).value;
  } catch (error) {
    throw new SchedulerConfigError(`${file}: ${(error as Error).message}`);
  }
  const top = new Section(value, file, TOP);
  if (top.text("apiVersion") !== API_VERSION || top.text("kind") !== "KubeSchedulerConfiguration")
    throw new SchedulerConfigError(`${file}: write apiVersion: ${API_VERSION} and kind: KubeSchedulerConfiguration`);
  const percentage = top.number("percentageOfNodesToScore", 0, 100) ?? 0;
  const profiles = new Map<string, Profile>();
  for (const section of top.sections("profiles", ["schedulerName", "percentageOfNodesToScore", "plugins", "pluginConfig"])) {
    const name = section.text("schedulerName") ?? DEFAULT_SCHEDULER;
    if (profiles.has(name)) throw new SchedulerConfigError(`${section.path}.schedulerName: ${name} has a profile already`);
    profiles.set(name, profileOf(section, percentage, own));
  }
  if (profiles.size === 0) profiles.set(DEFAULT_SCHEDULER, { ...DEFAULT_PROFILE, percentageOfNodes: percentage });
  const initial = top.number("podInitialBackoffSeconds", 1, 86_400);
  const longest = top.number("podMaxBackoffSeconds", 1, 86_400);
  if ((longest ?? Number.POSITIVE_INFINITY) < (initial ?? 1))
    throw new SchedulerConfigError(`${file}.podMaxBackoffSeconds: must not be less than podInitialBackoffSeconds`);
  return {
    of: (name) => profiles.get(name ?? ""),
    backoff: {
      ...(initial === undefined ? {} : { backoffInitialMs: initial * 1_000 }),
      ...(longest === undefined ? {} : { backoffMaxMs: longest * 1_000 }),
    },
    extenders: top.sections("extenders", EXTENDER_KEYS).map(extenderSettings),
  };
}

function profileOf(section: Section, percentage: number, own: readonly CyclePlugin[]): Profile {
  const configured = configuredPlugins(section);
  const plugins = section.section("plugins", [...POINTS, ...OTHER_POINTS]);
  let list: readonly WeightedPlugin[] = DEFAULT_PLUGINS.map((w) => ({ ...w, plugin: configured.get(w.plugin.name) ?? w.plugin }));
  let preempts = true;
  for (const point of ["multiPoint", "preFilter", "filter", "preScore", "score", "postFilter"] as const) {
    const set = plugins?.section(point, ["enabled", "disabled"]);
    if (set === undefined) continue;
    const off = namesOf(set, "disabled");
    if ((point === "postFilter" || point === "multiPoint") && (off.has("*") || off.has("DefaultPreemption"))) preempts = false;
    list = withSet(list, point, set, { off, own });
  }
  return { plugins: list, percentageOfNodes: section.number("percentageOfNodesToScore", 0, 100) ?? percentage, preempts };
}

function configuredPlugins(section: Section): ReadonlyMap<string, CyclePlugin> {
  const made = new Map<string, CyclePlugin>();
  for (const config of section.sections("pluginConfig", ["name", "args"])) {
    const name = config.text("name") ?? "";
    const factory = FACTORIES.get(name);
    if (factory === undefined) {
      // Others' arguments change nothing here.
      if (name === "DefaultPreemption" || name === "VolumeBinding" || name === "DynamicResources") continue;
      throw new SchedulerConfigError(`${config.path}.name: ${name} takes no arguments; ${[...FACTORIES.keys()].join(", ")} do`);
    }
    const args = config.get("args");
    made.set(name, factory(isObject(args) ? args : {}, `${config.path}.args`));
  }
  return made;
}

type Point = (typeof POINTS)[number];
function namesOf(set: Section, key: string): ReadonlySet<string> {
  return new Set(set.sections(key, ["name", "weight"]).map((s) => s.text("name") ?? ""));
}
/** A plugin's part at some points, or the whole of it. */
function withSet(
  list: readonly WeightedPlugin[],
  point: Point,
  set: Section,
  { off, own }: { readonly off: ReadonlySet<string>; readonly own: readonly CyclePlugin[] },
): readonly WeightedPlugin[] {
  const isOff = (name: string): boolean => off.has("*") || off.has(name);
  let next = list.flatMap((w): WeightedPlugin[] => {
    if (!isOff(w.plugin.name)) return [w];
    if (point === "multiPoint") return [];
    return point === "score" || point === "preScore" ? [{ ...w, weight: 0 }] : point === "postFilter" ? [w] : [withoutFilter(w)];
  });
  for (const enabled of set.sections("enabled", ["name", "weight"])) {
    const name = enabled.text("name") ?? "";
    const weight = enabled.number("weight", 0, 2 ** 31 - 1);
    const there = next.find((w) => w.plugin.name === name);
    const known = list.find((w) => w.plugin.name === name) ?? DEFAULT_PLUGINS.find((w) => w.plugin.name === name) ?? ownPlugin(own, name);
    if (known === undefined && !BESIDE.has(name)) throw new SchedulerConfigError(`${enabled.path}.name: there is no plugin ${name}`);
    if (known === undefined) continue;
    const changed: WeightedPlugin = { plugin: (there ?? known).plugin, weight: weight || there?.weight || known.weight };
    next = there ? next.map((w) => (w === there ? changed : w)) : [...next, changed];
  }
  return next;
}
const withoutFilter = ({ plugin, weight }: WeightedPlugin): WeightedPlugin => ({
  weight,
  plugin: {
    name: plugin.name,
    ...(plugin.startScore ? { startScore: plugin.startScore } : {}),
    ...(plugin.scoreAll ? { scoreAll: plugin.scoreAll } : {}),
  },
});
const ownPlugin = (own: readonly CyclePlugin[], name: string): WeightedPlugin | undefined => {
  const plugin = own.find((p) => p.name === name);
  return plugin && { plugin, weight: plugin.startScore || plugin.scoreAll ? 1 : 0 };
};
/** What the original has as plugins and here is part of the scheduler itself. */
const BESIDE: ReadonlySet<string> = new Set(["SchedulingGates", "PrioritySort", "DefaultPreemption", "DefaultBinder", "DynamicResources"]);
