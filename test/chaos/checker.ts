import { type Change, type History, LEASED, type Operation, type Read, type WatchRecord, type Write } from "./history.js";

/** One broken promise, in words. */
export type Finding = { readonly rule: "lost" | "invented" | "order" | "read" | "watch" | "lease" | "members"; readonly text: string };

/** The final log, as every master tells it, and the state at each revision. */
export class Log {
  readonly changes: readonly Change[];
  readonly last: number;
  readonly #byKey = new Map<string, Change[]>();
  readonly #byValue = new Map<string, Change[]>();

  constructor(changes: readonly Change[]) {
    this.changes = changes;
    this.last = changes.at(-1)?.revision ?? 1;
    for (const c of changes) {
      append(this.#byKey, c.key, c);
      if (c.value !== undefined) append(this.#byValue, `${c.key}=${c.value}`, c);
    }
  }

  /** What the key held right after `revision`. */
  at(key: string, revision: number): string | undefined {
    const list = this.#byKey.get(key) ?? [];
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle] as Change).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return list[low - 1]?.value;
  }
  puts(key: string, value: string): readonly Change[] {
    return this.#byValue.get(`${key}=${value}`) ?? [];
  }
  /** The revisions at which the key was deleted. */
  deletes(key: string): readonly number[] {
    return (this.#byKey.get(key) ?? []).filter((c) => c.value === undefined).map((c) => c.revision);
  }
  keys(): Iterable<string> {
    return this.#byKey.keys();
  }
}

/** Every promise of the store that a recorded history can show broken; revisions are taken for the order, and real time must agree. */
export function checkHistory(history: History, log: Log): Finding[] {
  const writes = history.operations.filter((op): op is Write => op.kind === "write");
  return [
    ...writes.flatMap((w) => checkWrite(w, log)),
    ...checkOneEach(writes),
    ...checkInvented(writes, log),
    ...history.operations.flatMap((op) => (op.kind === "read" ? checkRead(op, log) : [])),
    ...checkRealTime(history.operations, log),
    ...history.watches.flatMap((w) => checkWatch(w, log)),
    ...history.leaseLosses.filter((l) => l.endMs < l.aliveUntilMs).map(leaseFinding),
  ];
}

/** The masters' own tellings of the log are one. */
export function checkMembersAgree(logs: ReadonlyMap<string, readonly Change[]>): Finding[] {
  const [first, ...others] = [...logs];
  if (first === undefined) return [];
  const expected = first[1].map(told);
  return others.flatMap(([name, changes]): Finding[] => {
    const difference = firstDifference(expected, changes.map(told));
    return difference === undefined ? [] : [{ rule: "members", text: `${first[0]} and ${name} tell different histories: ${difference}` }];
  });
}

function checkWrite(w: Write, log: Log): Finding[] {
  const out = w.outcome;
  const places = w.changes.map((c) => (c.value === undefined ? [] : log.puts(c.key, c.value)));
  const label = describe(w);
  const twice = places.find((p) => p.length > 1);
  if (twice)
    return [{ rule: "invented", text: `${label} took place ${twice.length} times: at ${twice.map((c) => c.revision).join(", ")}` }];
  if (out.kind === "conditionFailed" || out.kind === "refused") {
    const done = places.find((p) => p.length > 0);
    if (done) return [{ rule: "invented", text: `${label} was answered with ${out.kind} and took place at ${done[0]?.revision}` }];
  }
  const torn = new Set(w.changes.flatMap((c, i) => (c.value === undefined ? [] : [places[i]?.[0]?.revision])));
  if (torn.size > 1) return [{ rule: "lost", text: `${label} took place in part: ${[...torn].join(", ")}` }];
  if (out.kind === "conditionFailed") return checkFailedCondition(w, out, log);
  const revision = out.kind === "done" ? out.revision : places.find((p) => p.length > 0)?.[0]?.revision;
  return [...checkAcknowledged(w, log), ...(revision === undefined ? [] : checkCondition(w, revision, log))];
}

function checkAcknowledged(w: Write, log: Log): Finding[] {
  const out = w.outcome;
  if (out.kind !== "done") return [];
  return w.changes.flatMap(({ key, value }): Finding[] => {
    if (value === undefined) return checkDeletion(w, { key, ...out }, log);
    const at = log.puts(key, value)[0]?.revision;
    return at === out.revision
      ? []
      : [{ rule: "lost", text: `acknowledged ${describe(w)} at revision ${out.revision} is at ${at ?? "no revision"}` }];
  });
}

function checkDeletion(
  w: Write,
  told: { readonly key: string; readonly revision: number; readonly changed: boolean },
  log: Log,
): Finding[] {
  const { key, revision, changed } = told;
  if (changed)
    return log.deletes(key).includes(revision)
      ? []
      : [{ rule: "lost", text: `acknowledged ${describe(w)} at revision ${revision} is not in the log` }];
  const held = log.at(key, revision);
  return held === undefined ? [] : [{ rule: "read", text: `${describe(w)} found nothing at ${revision}, the log says ${held}` }];
}

/** A revision belongs to one write: two acknowledgements with one revision mean that one of them did not take place. */
function checkOneEach(writes: readonly Write[]): Finding[] {
  const owners = new Map<number, Write>();
  return writes.flatMap((w): Finding[] => {
    if (w.outcome.kind !== "done" || !w.outcome.changed) return [];
    const other = owners.get(w.outcome.revision);
    owners.set(w.outcome.revision, w);
    return other
      ? [{ rule: "lost", text: `${describe(w)} and ${describe(other)} were both acknowledged at revision ${w.outcome.revision}` }]
      : [];
  });
}

function checkCondition(w: Write, revision: number, log: Log): Finding[] {
  if (w.condition === undefined) return [];
  const before = log.at(w.condition.key, revision - 1);
  return before === w.condition.value
    ? []
    : [
        {
          rule: "read",
          text: `${describe(w)} took place at ${revision} though ${w.condition.key} held ${before}, not ${w.condition.value}`,
        },
      ];
}

function checkFailedCondition(w: Write, out: { readonly revision: number; readonly found: string | undefined }, log: Log): Finding[] {
  if (w.condition === undefined) return [];
  const held = log.at(w.condition.key, out.revision);
  if (held !== out.found) return [{ rule: "read", text: `${describe(w)} found ${out.found} at ${out.revision}, the log says ${held}` }];
  return held === w.condition.value
    ? [{ rule: "read", text: `${describe(w)} was refused at ${out.revision} though its condition held` }]
    : [];
}

/** Nothing is in the log that nobody asked for. Deletions carry no mark of who did them: they are counted. */
function checkInvented(writes: readonly Write[], log: Log): Finding[] {
  const asked = new Set<string>();
  const deletes = new Map<string, number>();
  for (const { key, value } of writes.flatMap((w) => (w.outcome.kind === "refused" ? [] : w.changes))) {
    if (value === undefined) deletes.set(key, (deletes.get(key) ?? 0) + 1);
    else asked.add(`${key}=${value}`);
  }
  const found: Finding[] = [];
  for (const c of log.changes) {
    if (c.value !== undefined && !asked.has(`${c.key}=${c.value}`)) found.push({ rule: "invented", text: `nobody wrote ${told(c)}` });
  }
  for (const key of log.keys()) {
    const count = log.deletes(key).length;
    if (!key.startsWith(LEASED) && count > (deletes.get(key) ?? 0))
      found.push({ rule: "invented", text: `${key} was deleted ${count} times, asked for ${deletes.get(key) ?? 0} times` });
  }
  return found;
}

function checkRead(read: Read, log: Log): Finding[] {
  return read.found.flatMap(({ key, value }): Finding[] => {
    const held = log.at(key, read.revision);
    return held === value
      ? []
      : [{ rule: "read", text: `a read of ${key} at revision ${read.revision} gave ${value}, the log says ${held}` }];
  });
}

/** What ended before something began has no higher revision than it. An unknown write that took place began at some time, too. */
function checkRealTime(operations: readonly Operation[], log: Log): Finding[] {
  const placed = operations.flatMap((op) => {
    const at = placeOf(op, log);
    return at === undefined ? [] : [{ op, ...at }];
  });
  const byEnd = placed.filter((p) => p.known).sort((a, b) => a.op.endMs - b.op.endMs);
  const byStart = [...placed].sort((a, b) => a.op.startMs - b.op.startMs);
  const found: Finding[] = [];
  let highest = 0;
  let at = 0;
  for (const { op, revision, changed } of byStart) {
    for (; at < byEnd.length && (byEnd[at] as { op: Operation }).op.endMs < op.startMs; at++) {
      highest = Math.max(highest, (byEnd[at] as { revision: number }).revision);
    }
    if (revision < (changed ? highest + 1 : highest)) {
      found.push({
        rule: "order",
        text: `${describe(op)} began at ${op.startMs.toFixed(1)} ms and is at revision ${revision}, though ${highest} was answered before`,
      });
    }
  }
  return found;
}

function placeOf(op: Operation, log: Log): { readonly revision: number; readonly changed: boolean; readonly known: boolean } | undefined {
  if (op.kind === "read") return op.serializable ? undefined : { revision: op.revision, changed: false, known: true };
  const out = op.outcome;
  switch (out.kind) {
    case "done":
      return { revision: out.revision, changed: out.changed, known: true };
    case "conditionFailed":
      return { revision: out.revision, changed: false, known: true };
    case "refused":
      return undefined;
    case "unknown": {
      const put = op.changes.find((c) => c.value !== undefined);
      const place = put?.value === undefined ? undefined : log.puts(put.key, put.value)[0];
      return place && { revision: place.revision, changed: true, known: false };
    }
  }
}

function checkWatch(watch: WatchRecord, log: Log): Finding[] {
  const expected = log.changes.filter((c) => c.revision >= watch.from && c.revision <= watch.upTo && c.key.startsWith(watch.prefix));
  const difference = firstDifference(expected.map(told), watch.heard.map(told));
  const name = `client ${watch.client}'s watch of "${watch.prefix}" from ${watch.from}`;
  if (difference !== undefined) return [{ rule: "watch", text: `${name}: ${difference}` }];
  const wrong = watch.heard.find((h) => h.before !== log.at(h.key, h.revision - 1));
  return wrong
    ? [
        {
          rule: "watch",
          text: `${name}: ${told(wrong)} came with the previous value ${wrong.before}, the log says ${log.at(wrong.key, wrong.revision - 1)}`,
        },
      ]
    : [];
}

function firstDifference(expected: readonly string[], heard: readonly string[]): string | undefined {
  const length = Math.max(expected.length, heard.length);
  for (let i = 0; i < length; i++)
    if (expected[i] !== heard[i]) return `"${heard[i] ?? "nothing"}" where "${expected[i] ?? "nothing"}" is due`;
  return undefined;
}

const told = (c: Change): string => `${c.revision} ${c.key}${c.value === undefined ? " deleted" : `=${c.value}`}`;
const leaseFinding = (l: { readonly key: string; readonly endMs: number; readonly aliveUntilMs: number }): Finding => ({
  rule: "lease",
  text: `${l.key} was gone at ${l.endMs.toFixed(0)} ms, its lease was renewed until ${l.aliveUntilMs.toFixed(0)} ms`,
});

export function describe(op: Operation): string {
  if (op.kind === "read") return `client ${op.client}'s read of ${op.found.map((f) => f.key).join(",")}`;
  const what = op.changes.map((c) => (c.value === undefined ? `delete ${c.key}` : `put ${c.key}=${c.value}`)).join(" and ");
  return `client ${op.client}'s ${what}${op.condition ? ` if ${op.condition.key}=${op.condition.value}` : ""}`;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
