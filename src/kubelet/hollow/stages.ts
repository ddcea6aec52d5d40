import { isObject, type Json, type JsonObject } from "../../kube/meta/index.js";
import { parseYaml } from "../../kube/schema/index.js";
import { STAGES_MAX } from "./limits.js";

/** Where a pod stands, as its status tells. */
export const POD_STATES = ["Pending", "Waiting", "Running", "Crashed", "Terminating"] as const;
export type PodState = (typeof POD_STATES)[number];

/** What becomes of a pod in a state that a stage selects. */
export type Next =
  /** Containers run; `notReady`: those of these names never pass their probes ("*": all). */
  | { readonly kind: "running"; readonly notReady: readonly string[] }
  /** An image that cannot be pulled, a config map that is missing. */
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string }
  /** All containers end; the restart policy says what follows. */
  | { readonly kind: "exited"; readonly code: number; readonly reason: string }
  /** Nothing happens any more: it stays so. */
  | { readonly kind: "stays" };

export interface Stage {
  readonly name: string;
  readonly selector: {
    readonly labels: Readonly<Record<string, string>>;
    /** "*": any value. */
    readonly annotations: Readonly<Record<string, string>>;
    /** Kind of the controller; "" for any. */
    readonly owner: string;
    /** One of the images begins so; none: any. */
    readonly imagePrefixes: readonly string[];
  };
  readonly from: PodState;
  readonly delayMs: number;
  readonly next: Next;
}

const ANY = { labels: {}, annotations: {}, owner: "", imagePrefixes: [] };
/** What happens where nobody declared anything: pods run and are ready at once, those of jobs and of helm's tests are done a second later. */
export const DEFAULT_STAGES: readonly Stage[] = [
  { name: "run", selector: ANY, from: "Pending", delayMs: 0, next: { kind: "running", notReady: [] } },
  {
    name: "job-done",
    selector: { ...ANY, owner: "Job" },
    from: "Running",
    delayMs: 1_000,
    next: { kind: "exited", code: 0, reason: "Completed" },
  },
  {
    name: "test-done",
    selector: { ...ANY, annotations: { "helm.sh/hook": "test" } },
    from: "Running",
    delayMs: 1_000,
    next: { kind: "exited", code: 0, reason: "Completed" },
  },
  { name: "stop", selector: ANY, from: "Terminating", delayMs: 0, next: { kind: "exited", code: 0, reason: "Completed" } },
];

/** A stage that cannot be read; the message says where and how to write it. */
export class StageError extends Error {
  override readonly name = "StageError";
}
const API_VERSION = "trimast.dev/v1alpha1";

/** Declared stages, one YAML document each; they go before the default ones, the first that fits decides. Throws StageError. */
export function parseStages(text: string, file: string): readonly Stage[] {
  const stages = text
    .split(/^---\s*$/m)
    .filter((part) => part.trim() !== "")
    .map((part, i) => parseStage(part, `${file}, document ${i + 1}`));
  if (stages.length > STAGES_MAX) throw new StageError(`${file}: ${stages.length} stages; at most ${STAGES_MAX}`);
  return stages;
}

function parseStage(text: string, at: string): Stage {
  let value: Json;
  try {
    value = parseYaml(text).value;
  } catch (error) {
    throw new StageError(`${at}: ${(error as Error).message}`);
  }
  const top = mapping(value, at, ["apiVersion", "kind", "metadata", "spec"]);
  if (top["apiVersion"] !== API_VERSION || top["kind"] !== "Stage")
    throw new StageError(`${at}: write apiVersion: ${API_VERSION} and kind: Stage`);
  const metadata = mapping(top["metadata"], `${at}: metadata`, ["name"]);
  const spec = mapping(top["spec"], `${at}: spec`, ["selector", "from", "delay", "next"]);
  const from = spec["from"] ?? "Pending";
  if (!(POD_STATES as readonly Json[]).includes(from)) throw new StageError(`${at}: spec.from: write one of ${POD_STATES.join(", ")}`);
  return {
    name: String(metadata["name"] ?? ""),
    selector: selectorOf(spec["selector"] ?? {}, `${at}: spec.selector`),
    from: from as PodState,
    delayMs: durationOf(spec["delay"] ?? "0s", `${at}: spec.delay`),
    next: nextOf(spec["next"], `${at}: spec.next`),
  };
}

function selectorOf(value: Json, at: string): Stage["selector"] {
  const map = mapping(value, at, ["matchLabels", "matchAnnotations", "owner", "images"]);
  const texts = (key: string): Record<string, string> =>
    Object.fromEntries(Object.entries(mapping(map[key] ?? {}, `${at}.${key}`)).map(([name, text]) => [name, String(text)]));
  const images = map["images"] ?? [];
  if (!Array.isArray(images)) throw new StageError(`${at}.images: write a list of beginnings of image names`);
  return {
    labels: texts("matchLabels"),
    annotations: texts("matchAnnotations"),
    owner: String(map["owner"] ?? ""),
    imagePrefixes: images.map(String),
  };
}

const KINDS = ["running", "waiting", "exited", "stays"] as const;
function nextOf(value: Json | undefined, at: string): Next {
  const map = mapping(value, at, KINDS);
  const [kind, ...more] = KINDS.filter((k) => map[k] !== undefined);
  if (kind === undefined || more.length > 0) throw new StageError(`${at}: write one of ${KINDS.join(", ")}`);
  const given = map[kind];
  const inner = given === null || given === true ? {} : mapping(given, `${at}.${kind}`, ["notReady", "reason", "message", "code"]);
  const text = (key: string, otherwise: string): string => String(inner[key] ?? otherwise);
  switch (kind) {
    case "running":
      return { kind, notReady: Array.isArray(inner["notReady"]) ? inner["notReady"].map(String) : [] };
    case "waiting":
      return { kind, reason: text("reason", "ImagePullBackOff"), message: text("message", "") };
    case "exited": {
      const code = Number(inner["code"] ?? 0);
      if (!Number.isInteger(code) || code < 0 || code > 255) throw new StageError(`${at}.exited.code: write a number from 0 to 255`);
      return { kind, code, reason: text("reason", code === 0 ? "Completed" : "Error") };
    }
    default:
      return { kind };
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
function durationOf(value: Json, at: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(value));
  if (!match) throw new StageError(`${at}: ${String(value)} is not a duration such as 200ms, 5s or 1m`);
  return Number(match[1]) * (UNITS_MS[match[2] as string] as number);
}
function mapping(value: Json | undefined, at: string, keys?: readonly string[]): JsonObject {
  if (!isObject(value)) throw new StageError(`${at}: write a mapping of keys to values`);
  const unknown = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new StageError(`${at}: unknown key ${unknown}; known are ${keys?.join(", ")}`);
  return value;
}
