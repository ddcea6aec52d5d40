import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Mvcc, MvccCommand } from "../../src/mvcc/index.js";
import { LEASE_OVERHEAD_BYTES, RECORD_OVERHEAD_BYTES } from "../../src/mvcc/limits.js";
import { Model } from "../conformance/model.js";
import { everything, type Step, step } from "./arbitrary.js";
import { codeOr, fresh, hashOf, plain, reload, type TestSpace } from "./kit.js";

interface World {
  mvcc: Mvcc;
  readonly space: TestSpace;
  readonly model: Model;
}

function take(world: World, s: Step): void {
  switch (s.kind) {
    case "command":
      return expect(plain(world.mvcc.apply(s.command))).toEqual(plain(world.model.apply(s.command)));
    case "read": {
      const mine = codeOr(() => world.mvcc.range(s.request));
      return expect(plain(mine)).toEqual(plain(world.model.range(s.request)));
    }
    case "sweep":
      world.mvcc.compactStep(s.records);
      return;
    default:
      world.mvcc = reload(world.space);
  }
}

function compareAll({ mvcc, model }: World): void {
  expect(mvcc.revision()).toBe(model.current);
  expect(mvcc.compactRevision()).toBe(model.compactRevision);
  for (let at = Math.max(1, model.compactRevision); at <= model.current; at++) {
    expect(plain(mvcc.range(everything(at)))).toEqual(plain(model.range(everything(at))));
  }
  const live = model.states[model.current];
  expect(mvcc.keyCount()).toBe(live?.size);
  const bytes = model.recordBytes(RECORD_OVERHEAD_BYTES) + model.leases.size * LEASE_OVERHEAD_BYTES;
  expect(mvcc.sizeBytes()).toBe(bytes);
  const leases = [...mvcc.leases()].map((l) => [l.id, l.ttl, l.remainingTtl, plain(mvcc.leaseKeys(l.id)), l.keyCount]);
  const wanted = [...model.leases].map(([id, l]) => {
    const keys = model.leaseKeys(id);
    return [id, l.ttl, l.remainingTtl, keys, keys.length];
  });
  const byId = (x: unknown[], y: unknown[]) => Number((x[0] as bigint) - (y[0] as bigint));
  expect(leases.sort(byId)).toEqual(wanted.sort(byId));
}

const world = (): World => ({ ...fresh(), model: new Model({ minLeaseTtl: 2 }) });
const RUNS = { numRuns: 400 };

describe("against the model", () => {
  test("any commands with reads, sweeps and restarts between them give the model's answers and state", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 90, size: "max" }), (steps) => {
        const w = world();
        for (const s of steps) take(w, s);
        compareAll(w);
        w.mvcc = reload(w.space);
        compareAll(w);
        while (w.mvcc.compactStep(3) === "more");
        compareAll(w);
        w.mvcc = reload(w.space);
        compareAll(w);
      }),
      RUNS,
    );
  });

  test("equal commands give equal stored bytes, whatever is read or watched on one side", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), (steps) => {
        const one = world();
        const other = world();
        other.mvcc.watches.open({ deliver: () => undefined }).create({
          key: Buffer.from("\0"),
          rangeEnd: Buffer.from("\0"),
          startRevision: 0,
          progressNotify: false,
          filters: [],
          prevKv: true,
          watchId: 0n,
          fragment: false,
        });
        for (const s of steps) {
          if (s.kind !== "restart") take(one, s);
          if (s.kind === "command") other.mvcc.apply(s.command);
          if (s.kind === "sweep") other.mvcc.compactStep(s.records);
        }
        expect(other.space.dump()).toEqual(one.space.dump());
        expect(other.mvcc.sizeBytes()).toBe(one.mvcc.sizeBytes());
      }),
      RUNS,
    );
  });

  test("the hash does not depend on how far the sweep is, nor on restarts, nor on the size of a step", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), fc.integer({ min: 1, max: 5 }), (steps, records) => {
        const w = world();
        for (const s of steps) take(w, s);
        const at = (mvcc: Mvcc) =>
          Array.from({ length: w.model.current + 1 - Math.max(1, w.model.compactRevision) }, (_, i) =>
            hashOf(mvcc, Math.max(1, w.model.compactRevision) + i, records),
          );
        const before = at(w.mvcc);
        w.mvcc.compactStep(records);
        expect(at(reload(w.space))).toEqual(before);
        while (w.mvcc.compactStep(1) === "more");
        expect(at(w.mvcc)).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });

  test("a hash run under way is not disturbed by writes, and starts over when a compaction comes between", () => {
    const put = (i: number): MvccCommand => ({
      kind: "put",
      key: Buffer.from(`k${i % 7}`),
      value: Buffer.from(String(i)),
      lease: 0n as never,
      prevKv: false,
      ignoreValue: false,
      ignoreLease: false,
    });
    const { mvcc } = fresh();
    for (let i = 0; i < 40; i++) mvcc.apply(put(i));
    const wanted = hashOf(mvcc, 30);
    const run = mvcc.beginHash(30);
    for (let i = 0; i < 10; i++) {
      expect(run.step(2)).toBeUndefined();
      mvcc.apply(put(i));
    }
    expect(run.step(1000)).toEqual(wanted);

    const disturbed = mvcc.beginHash(30);
    disturbed.step(2);
    mvcc.apply({ kind: "compact", revision: 20, physical: true });
    while (mvcc.compactStep(1000) === "more");
    expect(disturbed.step(1000)).toEqual(hashOf(mvcc, 30));
    const lost = mvcc.beginHash(30);
    mvcc.apply({ kind: "compact", revision: 31, physical: true });
    expect(codeOr(() => lost.step(1))).toBe("compacted");
  });
});
