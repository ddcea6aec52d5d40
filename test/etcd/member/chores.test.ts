import { expect, test } from "vitest";
import { Chores } from "../../../src/etcd/member/chores.js";
import type { Clock } from "../../../src/host/index.js";

/** A clock that counts how often it woke anybody, and can stand still for a while. */
class CountedClock implements Clock {
  now = 1_000;
  wakes = 0;
  #armed: { at: number; run: () => void } | undefined;
  monotonicMs = (): number => this.now;
  wallMs = (): number => this.now;
  soon = (): void => {};
  after(delayMs: number, run: () => void) {
    const mine = { at: this.now + delayMs, run };
    this.#armed = mine;
    return {
      cancel: () => {
        if (this.#armed === mine) this.#armed = undefined;
      },
    };
  }
  /** `lateMs`: how long after its time the timer is served. */
  next(lateMs = 0): void {
    const armed = this.#armed;
    if (armed === undefined) throw new Error("nothing is armed");
    this.#armed = undefined;
    this.now = armed.at + lateMs;
    this.wakes++;
    armed.run();
  }
  get idle(): boolean {
    return this.#armed === undefined;
  }
}
function begun(periods: readonly number[]) {
  const clock = new CountedClock();
  const late: number[] = [];
  const done: number[] = periods.map(() => 0);
  const chores = new Chores(clock, (ms) => late.push(ms));
  for (const [i, period] of periods.entries())
    chores.every(period, () => {
      done[i] = (done[i] ?? 0) + 1;
    });
  chores.start();
  return { clock, chores, done, late };
}

test("chores whose times meet wake the member once", () => {
  const { clock, done } = begun([250, 500, 1_000]);
  while (clock.now < 3_000) clock.next();
  expect(done).toEqual([8, 4, 2]);
  expect(clock.wakes).toBe(8);
});

test("a timer that is a little late does not put them out of step", () => {
  const { clock, done, late } = begun([250, 500]);
  for (let i = 0; i < 8; i++) clock.next(i);
  expect(done).toEqual([8, 4]);
  expect(late).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("after a standstill each is done once", () => {
  const { clock, done } = begun([250, 500]);
  clock.next(10_000);
  expect(done).toEqual([1, 1]);
  clock.next();
  expect(clock.now).toBeLessThanOrEqual(11_500);
  expect(done[0]).toBe(2);
});

test("what never comes arms nothing, and nothing comes after a stop, not even of the same turn", () => {
  expect(begun([Number.POSITIVE_INFINITY]).clock.idle).toBe(true);
  const clock = new CountedClock();
  const chores = new Chores(clock);
  const done: string[] = [];
  chores.every(100, () => {
    done.push("first");
    chores.stop();
  });
  chores.every(100, () => done.push("second"));
  chores.start();
  clock.next();
  expect(done).toEqual(["first"]);
  expect(clock.idle).toBe(true);
});
