import type { Random } from "../../src/base/index.js";
import type { TestMaster } from "../kit/masters.js";
import { until } from "../kit/until.js";
import { type Field, wait } from "./field.js";

/** Once everybody is up and connected. */
const WRITES_AGAIN_MS_MAX = 10_000;

export const FAULTS = [
  "kill leader",
  "kill",
  "kill majority",
  "kill all",
  "pause leader",
  "pause",
  "cut leader",
  "cut",
  "slow",
  "restart",
  "disk alarm",
  "disk full",
] as const;
export type FaultName = (typeof FAULTS)[number];

/** One fault from its first act until everything was put right. */
export interface FaultRecord {
  readonly name: FaultName;
  readonly who: readonly string[];
  readonly startMs: number;
  healedMs: number;
}

interface Attack {
  readonly name: FaultName;
  readonly weight: number;
  /** How long the harm lasts, at most. */
  readonly harmMs: number;
  perform(context: { readonly field: Field; readonly random: Random; readonly harmMs: number }): Promise<readonly TestMaster[]>;
}

/** A fault after another, each healed before the next: what broke what is then plain. */
export class Nemesis {
  readonly done: FaultRecord[] = [];
  readonly #field: Field;
  readonly #random: Random;
  readonly #nowMs: () => number;
  readonly #attacks: readonly Attack[];
  readonly #writes: () => number;
  #stopped = false;

  constructor(options: {
    readonly field: Field;
    readonly random: Random;
    readonly nowMs: () => number;
    readonly harmMs: number;
    readonly writes: () => number;
  }) {
    this.#field = options.field;
    this.#random = options.random;
    this.#nowMs = options.nowMs;
    this.#writes = options.writes;
    this.#attacks = attacks(options.harmMs).filter((a) => !a.name.startsWith("disk") || options.field.smallDisk !== undefined);
  }

  /** Goes through every kind once, in a random order, then draws by weight. */
  async run(calmMs: number): Promise<void> {
    const first = shuffled(this.#random, this.#attacks);
    while (!this.#stopped) {
      await wait(calmMs / 2 + this.#random.below(calmMs));
      if (this.#stopped) return;
      await this.#attack(first.pop() ?? drawn(this.#random, this.#attacks));
    }
  }
  stop(): void {
    this.#stopped = true;
  }

  async #attack(attack: Attack): Promise<void> {
    const record = { name: attack.name, who: [] as readonly string[], startMs: this.#nowMs(), healedMs: Number.POSITIVE_INFINITY };
    this.done.push(record);
    const harmMs = attack.harmMs / 2 + this.#random.below(attack.harmMs / 2);
    const victims = await attack.perform({ field: this.#field, random: this.#random, harmMs });
    record.who = victims.map((m) => m.name);
    await this.#field.healAll();
    const before = this.#writes();
    await until(`writes go on after "${attack.name}"`, () => this.#writes() > before, WRITES_AGAIN_MS_MAX);
    record.healedMs = this.#nowMs();
  }
}

type Choose = (context: { readonly field: Field; readonly random: Random }) => Promise<readonly TestMaster[]>;
const theLeader: Choose = async ({ field, random }) => [(await field.leader()) ?? pick(random, field.masters)];
const anybody: Choose = async ({ field, random }) => [pick(random, field.masters)];
const minority: Choose = async ({ field, random }) =>
  shuffled(random, field.masters).slice(0, 1 + random.below(Math.max(1, (field.masters.length - 1) / 2)));
const majority: Choose = async ({ field, random }) => shuffled(random, field.masters).slice(0, Math.floor(field.masters.length / 2) + 1);
const everybody: Choose = async ({ field }) => field.masters;

function attacks(harmMs: number): readonly Attack[] {
  const kill = (name: FaultName, weight: number, choose: Choose): Attack => ({
    name,
    weight,
    harmMs,
    perform: async (context) => {
      const victims = await choose(context);
      await Promise.all(victims.map((m) => context.field.kill(m)));
      await wait(context.harmMs);
      return victims;
    },
  });
  const pause = (name: FaultName, weight: number, choose: Choose): Attack => ({
    name,
    weight,
    harmMs: harmMs * 2,
    perform: async (context) => {
      const victims = await choose(context);
      for (const m of victims) context.field.pause(m);
      await wait(context.harmMs);
      for (const m of victims) context.field.resume(m);
      return victims;
    },
  });
  const cut = (name: FaultName, weight: number, choose: Choose): Attack => ({
    name,
    weight,
    harmMs: harmMs * 2,
    perform: async (context) => {
      const side = await choose(context);
      await context.field.cut(side);
      await wait(context.harmMs);
      return side;
    },
  });
  return [
    kill("kill leader", 5, theLeader),
    kill("kill", 3, minority),
    kill("kill majority", 1, majority),
    kill("kill all", 1, everybody),
    pause("pause leader", 3, theLeader),
    pause("pause", 2, minority),
    cut("cut leader", 3, theLeader),
    cut("cut", 3, minority),
    { name: "slow", weight: 2, harmMs: harmMs * 2, perform: slowDown },
    { name: "restart", weight: 2, harmMs, perform: rollingRestart },
    { name: "disk alarm", weight: 1, harmMs, perform: raiseAlarm },
    { name: "disk full", weight: 1, harmMs, perform: fillDisk },
  ];
}

const slowDown: Attack["perform"] = async ({ field, random, harmMs }) => {
  const victims = await anybody({ field, random });
  for (const m of victims) await field.slow(m, 10 + random.below(150));
  await wait(harmMs);
  return victims;
};

const rollingRestart: Attack["perform"] = async ({ field, random }) => {
  const order = shuffled(random, field.masters);
  for (const m of order) {
    await field.kill(m);
    field.start(m);
    await field.cluster.ready([m]);
  }
  return order;
};

/** Little room is left: the master raises the alarm by itself and writes are refused, until there is room and the alarm is lifted. */
const raiseAlarm: Attack["perform"] = async ({ field }) => {
  if (!field.smallDisk) return [];
  const { master } = field.smallDisk;
  field.fill(48);
  for (let i = 0; i < 70 && ((await field.status(master))?.alarms.length ?? 0) === 0; i++) await wait(100);
  await wait(200);
  await field.room();
  return [master];
};

/** Nothing is left: the master may end, and must come back with everything when there is room. */
const fillDisk: Attack["perform"] = async ({ field, harmMs }) => {
  if (!field.smallDisk) return [];
  const { master } = field.smallDisk;
  const before = field.crashes.length;
  field.fill(0);
  await wait(harmMs);
  // A write that failed for want of room ends the process, on purpose: nothing that happens to this master now is a surprise.
  field.crashes.splice(
    before,
    field.crashes.length - before,
    ...field.crashes.slice(before).filter((c) => !c.startsWith(`${master.name} `)),
  );
  await field.kill(master);
  await field.room();
  return [master];
};

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)] as T;
function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
function drawn(random: Random, list: readonly Attack[]): Attack {
  let left = random.below(list.reduce((sum, a) => sum + a.weight, 0));
  for (const a of list) {
    left -= a.weight;
    if (left < 0) return a;
  }
  return list[0] as Attack;
}
