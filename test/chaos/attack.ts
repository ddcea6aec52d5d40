import type { Random } from "../../src/base/index.js";
import type { TestApi } from "../kit/api.js";
import { wait } from "./clients.js";

/** What is done to masters that serve the API, by the verbs that a user has. */
export const API_FAULTS = ["kill leader", "kill one", "kill leader", "kill two", "pause one", "restart"] as const;
export type ApiFault = (typeof API_FAULTS)[number];

export interface AttackOptions {
  readonly durationMs: number;
  readonly harmMs: number;
  readonly calmMs: number;
  /** Each once in this order, then any of them. */
  readonly faults?: readonly ApiFault[];
  readonly progress: (line: string) => void;
}
const MASTERS = ["m1", "m2", "m3"];

/** A fault after another, each healed before the next. */
export async function attackMasters(api: TestApi, options: AttackOptions, random: Random, done: string[]): Promise<void> {
  const { durationMs, harmMs, calmMs, faults = API_FAULTS, progress } = options;
  const end = performance.now() + durationMs;
  for (let i = 0; performance.now() < end; i++) {
    await wait(calmMs / 2 + random.below(calmMs));
    const fault = faults[i < faults.length ? i : random.below(faults.length)] ?? "kill leader";
    const [one = "m1", two = "m2"] = random.chance(1, 2) ? MASTERS : [...MASTERS].reverse();
    done.push(fault);
    progress(fault);
    if (fault === "kill leader") await api.trimast("kill", "leader");
    if (fault === "kill one" || fault === "kill two") await api.trimast("kill", one);
    if (fault === "kill two") await api.trimast("kill", two).catch(() => {});
    if (fault === "pause one") await api.trimast("pause", one);
    if (fault === "restart") await api.trimast("restart", "--rolling");
    await wait(harmMs / 2 + random.below(harmMs));
    if (fault === "pause one") await api.trimast("resume", one);
    await api.trimast("start", "--all");
  }
}
