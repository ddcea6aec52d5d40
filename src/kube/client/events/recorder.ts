import type { Random } from "../../../base/index.js";
import type { Clock, Log } from "../../../host/index.js";
import { StatusError } from "../../meta/index.js";
import { RESOURCES } from "../builtin.js";
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from "../errors.js";
import { EVENT_NOTE_BYTES_MAX, EVENT_QUEUE_MAX, EVENT_WRITES_MAX, SERIES_OVER_MS, SERIES_WRITE_MS } from "../limits.js";
import type { ApiObject } from "../objects.js";
import { pause, type RestClient } from "../rest.js";
import { microTimeText, timeText } from "../times.js";
import { EventCorrelator } from "./correlator.js";
import { type CoreEvent, type GroupEvent, type ObjectReference, referenceTo } from "./types.js";

/** Says what happened to an object. Never waits, never fails: an event is news, not state. */
export interface EventRecorder {
  event(about: ApiObject | ObjectReference, type: "Normal" | "Warning", reason: string, message: string): void;
}
/** events.k8s.io's: what was done, and to what else. */
export interface GroupEventRecorder {
  event(e: {
    readonly regarding: ApiObject | ObjectReference;
    readonly related?: ApiObject | ObjectReference;
    readonly type: "Normal" | "Warning";
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  }): void;
}
export interface RecorderOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly component: string;
  /** Where the component runs: its host's name, or empty. */
  readonly host?: string;
}

const TRIES_MAX = 12;
const TRY_AGAIN_MS = 10_000;
const isObjectReference = (about: ApiObject | ObjectReference): about is ObjectReference => !("metadata" in about);
const refer = (about: ApiObject | ObjectReference): ObjectReference => (isObjectReference(about) ? about : referenceTo(about));
/** Named after its object and the nanosecond; the random end keeps two of one instant apart. */
function eventName(about: ObjectReference, nowMs: number, random: Random): string {
  const nanoseconds = BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(random.below(1_000_000));
  return `${about.name}.${nanoseconds.toString(16)}`;
}

interface Queued {
  readonly key: string;
  readonly write: () => Promise<void>;
}
/** Writes side by side, but those of one key one after another, so that a count follows its event. */
class Writer {
  readonly #queue: Queued[] = [];
  readonly #busy = new Set<string>();
  readonly #o: RecorderOptions;
  readonly #stop = new AbortController();
  #onIdle: (() => void)[] = [];
  constructor(options: RecorderOptions) {
    this.#o = options;
  }
  offer(key: string, write: () => Promise<void>): void {
    if (this.#stop.signal.aborted || this.#queue.length >= EVENT_QUEUE_MAX) return;
    this.#queue.push({ key, write });
    this.#next();
  }
  #next(): void {
    while (this.#busy.size < EVENT_WRITES_MAX) {
      const at = this.#queue.findIndex(({ key }) => !this.#busy.has(key));
      if (at < 0) break;
      const [{ key, write }] = this.#queue.splice(at, 1) as [Queued];
      this.#busy.add(key);
      void this.#attempt(write).finally(() => {
        this.#busy.delete(key);
        this.#next();
      });
    }
    if (this.#busy.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
  async #attempt(write: () => Promise<void>): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX && !this.#stop.signal.aborted; tries++) {
      try {
        await write();
        return;
      } catch (error) {
        // A refusal stays one; a lost connection does not.
        if (error instanceof StatusError) {
          if (!isNamespaceTerminating(error) && !isAlreadyExists(error)) this.#o.log.debug("event refused", { why: error.message });
          return;
        }
        await pause(this.#o.clock, TRY_AGAIN_MS * (tries === 0 ? 0.05 : 1), this.#stop.signal);
      }
    }
  }
  /** What waits is written if the server answers now. */
  flush(): Promise<void> {
    return this.#busy.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#queue.length = 0;
    await this.flush();
  }
}

/** core/v1 events, correlated as client-go's. */
export class CoreEventRecorder implements EventRecorder {
  readonly #o: RecorderOptions;
  readonly #writer: Writer;
  readonly #correlator = new EventCorrelator();
  constructor(options: RecorderOptions) {
    this.#o = options;
    this.#writer = new Writer(options);
  }
  event(about: ApiObject | ObjectReference, type: "Normal" | "Warning", reason: string, message: string): void {
    const { component, host = "", clock, random } = this.#o;
    const nowMs = clock.wallMs();
    const involvedObject = refer(about);
    const event: CoreEvent = {
      metadata: { name: eventName(involvedObject, nowMs, random), namespace: involvedObject.namespace || "default" },
      involvedObject,
      reason,
      message,
      source: { component, ...(host === "" ? {} : { host }) },
      firstTimestamp: timeText(nowMs),
      lastTimestamp: timeText(nowMs),
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host,
    };
    const verdict = this.#correlator.correlate(event, nowMs);
    if (verdict.kind === "dropped") return;
    this.#writer.offer(verdict.key, async () => {
      const events = this.#o.client.resource(RESOURCES.events, verdict.event.metadata.namespace);
      if (verdict.kind === "create") {
        await events.create(verdict.event);
        return;
      }
      try {
        await events.patch(verdict.event.metadata.name, "strategic", verdict.patch);
      } catch (error) {
        // Events live an hour: what was counted on may be gone.
        if (!isNotFound(error)) throw error;
        await events.create({ ...verdict.event, metadata: event.metadata });
        this.#correlator.forget(verdict.key);
      }
    });
  }
  flush(): Promise<void> {
    return this.#writer.flush();
  }
  stop(): Promise<void> {
    return this.#writer.stop();
  }
}

interface Series {
  event: GroupEvent;
  lastMs: number;
  writtenMs: number;
}
/** events.k8s.io/v1 events: the same again within six minutes becomes a series. */
export class SeriesEventRecorder implements GroupEventRecorder {
  readonly #o: RecorderOptions;
  readonly #writer: Writer;
  readonly #series = new Map<string, Series>();
  constructor(options: RecorderOptions) {
    this.#o = options;
    this.#writer = new Writer(options);
  }
  event(e: Parameters<GroupEventRecorder["event"]>[0]): void {
    const { component, host = "", clock, random } = this.#o;
    const nowMs = clock.wallMs();
    this.#expire(nowMs);
    const regarding = refer(e.regarding);
    const { resourceVersion: _, ...object } = regarding;
    const key = JSON.stringify([object, e.related && refer(e.related).uid, e.type, e.reason, e.action, e.note]);
    const known = this.#series.get(key);
    if (known !== undefined) {
      // The last to be looked at when the old ones are let go.
      this.#series.delete(key);
      this.#series.set(key, known);
      this.#again(known, nowMs);
      return;
    }
    const event: GroupEvent = {
      metadata: { name: eventName(regarding, nowMs, random), namespace: regarding.namespace || "default" },
      eventTime: microTimeText(nowMs),
      reportingController: component,
      // Required there, other than in core/v1.
      reportingInstance: host === "" ? component : `${component}-${host}`,
      action: e.action,
      reason: e.reason,
      regarding,
      ...(e.related === undefined ? {} : { related: refer(e.related) }),
      note: shortened(e.note),
      type: e.type,
    };
    this.#series.set(key, { event, lastMs: nowMs, writtenMs: nowMs });
    this.#writer.offer(event.metadata.name, async () => {
      await this.#o.client.resource(RESOURCES.groupEvents, event.metadata.namespace).create(event);
    });
  }
  /** The second one starts the series on the server; later ones are written now and then. */
  #again(series: Series, nowMs: number): void {
    const count = (series.event.series?.count ?? 1) + 1;
    series.event = { ...series.event, series: { count, lastObservedTime: microTimeText(nowMs) } };
    series.lastMs = nowMs;
    if (count > 2 && nowMs - series.writtenMs < SERIES_WRITE_MS) return;
    series.writtenMs = nowMs;
    this.#write(series.event);
  }
  #write(event: GroupEvent): void {
    this.#writer.offer(event.metadata.name, async () => {
      const events = this.#o.client.resource(RESOURCES.groupEvents, event.metadata.namespace);
      try {
        await events.patch(event.metadata.name, "strategic", { series: event.series });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await events.create(event);
      }
    });
  }
  #expire(nowMs: number): void {
    for (const [key, series] of this.#series) {
      // In the order of their last news: the rest is younger.
      if (nowMs - series.lastMs < SERIES_OVER_MS) return;
      this.#series.delete(key);
      if ((series.event.series?.count ?? 0) > 2) this.#write(series.event);
    }
  }
  flush(): Promise<void> {
    return this.#writer.flush();
  }
  stop(): Promise<void> {
    return this.#writer.stop();
  }
}
function shortened(note: string): string {
  const bytes = Buffer.from(note, "utf8");
  return bytes.length <= EVENT_NOTE_BYTES_MAX
    ? note
    : bytes
        .subarray(0, EVENT_NOTE_BYTES_MAX - 3)
        .toString("utf8")
        .replace(/�+$/, "")
        .concat("...");
}
