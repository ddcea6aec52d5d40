import fc from "fast-check";
import { expect, test } from "vitest";
import { fromLatin1 } from "../../src/base/index.js";
import type { WatchCreateRequest } from "../../src/etcd/api/index.js";
import type { HubResponse, HubStream, Mvcc } from "../../src/mvcc/index.js";
import { Model } from "../conformance/model.js";
import { command } from "./arbitrary.js";
import { fresh, plainEvent, watching } from "./kit.js";

/** What one watcher saw, checked against the model when all is over. */
interface Seen {
  readonly request: WatchCreateRequest;
  /** Its first revision. */
  readonly from: number;
  readonly events: { readonly revision: number; readonly text: string }[];
  readonly responses: HubResponse[];
  /** Canceled by compaction, or by the client: nothing may come after. */
  ended: "no" | "compacted" | "canceled";
}

/** A client that pauses and resumes as the schedule says, and sometimes in the middle of a delivery. */
class Client {
  readonly stream: HubStream;
  readonly seen = new Map<bigint, Seen>();
  readonly #model: Model;
  #next = 1n;
  paused = false;
  pauseAtDelivery = false;

  constructor(mvcc: Mvcc, model: Model) {
    this.#model = model;
    this.stream = mvcc.watches.open({ deliver: (r) => this.#deliver(r) });
  }
  create(request: WatchCreateRequest): void {
    const withId = { ...request, watchId: this.#next++ };
    const from = request.startRevision === 0 ? this.#model.current + 1 : request.startRevision;
    this.seen.set(withId.watchId, { request: withId, from, events: [], responses: [], ended: "no" });
    this.stream.create(withId);
  }
  cancel(id: bigint): void {
    const seen = this.seen.get(id);
    if (seen?.ended === "no") seen.ended = "canceled";
    this.stream.cancel(id);
  }
  pause(): void {
    this.paused = true;
    this.stream.pause();
  }
  resume(): void {
    this.paused = false;
    this.stream.resume();
  }
  #deliver(r: HubResponse): void {
    expect(this.paused, "nothing is delivered to a paused stream").toBe(false);
    if (r.watchId === -1n) return;
    const seen = this.seen.get(r.watchId) as Seen;
    if (r.created) expect(seen.responses, "created comes first, once").toEqual([]);
    else expect(seen.responses[0]?.created, "created comes first").toBe(true);
    seen.responses.push(r);
    if (r.compactRevision !== 0) seen.ended = "compacted";
    if (r.events.length > 0) expect(seen.ended, "no events after the end").not.toBe("compacted");
    for (const event of r.events) seen.events.push({ revision: event.kv.modRevision, text: plainEvent(event) });
    if (this.pauseAtDelivery && r.events.length > 0 && !r.fragment) this.pause();
  }
}

const KEYS = ["a", "ab", "b", "c", "\0"];
const watch: fc.Arbitrary<WatchCreateRequest> = fc
  .record({
    key: fc.constantFrom(...KEYS),
    rangeEnd: fc.constantFrom("", "", "\0", "b", "c", "\xff"),
    startRevision: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 40 })),
    prevKv: fc.boolean(),
    filters: fc.constantFrom([], [], ["noPut" as const], ["noDelete" as const]),
    fragment: fc.boolean(),
  })
  .filter((w) => w.rangeEnd === "" || w.rangeEnd === "\0" || w.key < w.rangeEnd)
  .map(({ key, rangeEnd, ...rest }) => watching(key, rangeEnd, rest));

const action = fc.oneof(
  { weight: 12, arbitrary: command.map((c) => ({ kind: "command" as const, command: c })) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("watch" as const), client: fc.nat(2), request: watch }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pause" as const), client: fc.nat(2), later: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("resume" as const), client: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("catchUp" as const), records: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), client: fc.nat(2), id: fc.bigInt(1n, 4n) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("progress" as const), client: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sweep" as const), records: fc.integer({ min: 1, max: 8 }) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function act(world: { mvcc: Mvcc; model: Model; clients: readonly Client[] }, a: Action): void {
  const client = "client" in a ? (world.clients[a.client] as Client) : undefined;
  if (a.kind === "command") {
    world.model.apply(a.command);
    world.mvcc.apply(a.command);
  } else if (a.kind === "watch") client?.create(a.request);
  else if (a.kind === "pause") {
    if (a.later && client) client.pauseAtDelivery = true;
    else client?.pause();
  } else if (a.kind === "resume") {
    if (client) client.pauseAtDelivery = false;
    client?.resume();
  } else if (a.kind === "catchUp") world.mvcc.watches.catchUp(a.records);
  else if (a.kind === "cancel") client?.cancel(a.id);
  else if (a.kind === "progress") client?.stream.requestProgress();
  else world.mvcc.compactStep(a.records);
}

/** The model's events without previous values: whether those were still there depends on when they were read. */
function wanted(model: Model, seen: Seen, to: number): { revision: number; text: string }[] {
  const { request } = seen;
  const options = { noPut: request.filters.includes("noPut"), noDelete: request.filters.includes("noDelete") };
  const all: { revision: number; text: string }[] = [];
  for (let at = seen.from; at <= to; at++) {
    for (const event of model.events(at, request, options)) all.push({ revision: at, text: plainEvent(event) });
  }
  return all;
}
const withoutPrevious = (e: { revision: number; text: string }) => ({ ...e, text: e.text.replace(/ was .*$/s, "") });

function checkPrevious(model: Model, seen: Seen): void {
  for (const event of seen.events) {
    const was = / was (.*)$/s.exec(event.text)?.[1];
    const full = model.steps[event.revision]?.map((s) => s.previous) ?? [];
    if (was !== undefined)
      expect(full.some((p) => p !== undefined && was.startsWith(`${p.key}=${p.value} c${p.create} m${p.mod}`))).toBe(true);
    if (!seen.request.prevKv) expect(was).toBeUndefined();
  }
}

/** A revision is delivered in one response, or in consecutive fragments of which the last is unmarked. */
function checkWhole(seen: Seen): void {
  let open: number | undefined;
  const done = new Set<number>();
  for (const response of seen.responses.filter((r) => r.events.length > 0)) {
    const revisions = [...new Set(response.events.map((e) => e.kv.modRevision))];
    for (const revision of revisions) if (revision !== open) expect(done.has(revision), `revision ${revision} came twice`).toBe(false);
    for (const revision of revisions) done.add(revision);
    open = response.fragment ? revisions.at(-1) : undefined;
  }
  expect(open).toBeUndefined();
}

test("every watcher sees exactly the model's events, in order, in whole revisions, however it pauses and whatever is compacted", () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 120, size: "max" }), (actions) => {
      const { mvcc } = fresh({ fragmentBytesMax: 150 });
      const model = new Model({ minLeaseTtl: 2 });
      const clients = [0, 1, 2].map(() => new Client(mvcc, model));
      for (const a of actions) act({ mvcc, model, clients }, a);
      for (const client of clients) {
        client.pauseAtDelivery = false;
        client.resume();
      }
      while (mvcc.watches.catchUp(5) === "more");
      expect(mvcc.watches.counts().slow).toBe(0);
      for (const seen of clients.flatMap((c) => [...c.seen.values()])) {
        const full = wanted(model, seen, model.current);
        const got = seen.events.map(withoutPrevious);
        if (seen.ended === "no") expect(got).toEqual(full);
        else expect(got).toEqual(full.slice(0, got.length));
        checkWhole(seen);
        checkPrevious(model, seen);
      }
    }),
    { numRuns: 400 },
  );
});

test("progress is never announced before an event that it covers", () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 80, size: "max" }), (actions) => {
      const { mvcc } = fresh();
      const model = new Model({ minLeaseTtl: 2 });
      const log: { readonly kind: "event" | "progress"; readonly revision: number }[] = [];
      const stream = mvcc.watches.open({
        deliver: (r) => {
          for (const e of r.events) log.push({ kind: "event", revision: e.kv.modRevision });
          if (r.watchId === -1n && !r.created) log.push({ kind: "progress", revision: r.revision });
        },
      });
      stream.create({ ...watching("\0", "\0"), key: fromLatin1("\0"), startRevision: 1 });
      for (const a of actions) {
        if (a.kind === "pause") stream.pause();
        else if (a.kind === "resume") stream.resume();
        else if (a.kind === "progress" || a.kind === "watch") stream.requestProgress();
        else if (a.kind !== "cancel") act({ mvcc, model, clients: [] }, a);
      }
      let announced = 0;
      for (const entry of log) {
        if (entry.kind === "progress") announced = entry.revision;
        else expect(entry.revision).toBeGreaterThan(announced);
      }
    }),
    { numRuns: 200 },
  );
});
