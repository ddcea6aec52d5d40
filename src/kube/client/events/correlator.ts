import { EVENT_BURST, EVENT_CACHE_ENTRIES, EVENTS_ALIKE_MAX, EVENTS_ALIKE_MS, EVENTS_PER_SECOND } from "../limits.js";
import { timeText } from "../times.js";
import { Lru } from "./lru.js";
import type { CoreEvent } from "./types.js";

/** What becomes of an event: a new object, a higher count on one that is there, or nothing. */
export type Verdict =
  | { readonly kind: "create"; readonly event: CoreEvent; readonly key: string }
  | { readonly kind: "patch"; readonly event: CoreEvent; readonly key: string; readonly patch: object }
  | { readonly kind: "dropped" };

interface Counted {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string;
}

/** client-go's correlation of core/v1 events: a flood about one object is cut, many alike become one, the same again is counted. */
export class EventCorrelator {
  readonly #spam = new Lru<{ tokens: number; atMs: number }>(EVENT_CACHE_ENTRIES);
  readonly #alike = new Lru<{ messages: Set<string>; lastMs: number }>(EVENT_CACHE_ENTRIES);
  readonly #counted = new Lru<Counted>(EVENT_CACHE_ENTRIES);

  correlate(given: CoreEvent, nowMs: number): Verdict {
    const { event, key } = this.#aggregate(given, nowMs);
    const last = this.#counted.get(key);
    const observed =
      last === undefined
        ? event
        : { ...event, metadata: { ...event.metadata, name: last.name }, firstTimestamp: last.firstTimestamp, count: last.count + 1 };
    this.#counted.set(key, { name: observed.metadata.name, count: observed.count, firstTimestamp: observed.firstTimestamp });
    if (this.#isSpam(observed, nowMs)) return { kind: "dropped" };
    if (last === undefined) return { kind: "create", event: observed, key };
    const { count, message } = observed;
    return { kind: "patch", event: observed, key, patch: { count, lastTimestamp: timeText(nowMs), message } };
  }
  /** The event that was counted is gone from the server: the next one begins anew. */
  forget(key: string): void {
    this.#counted.delete(key);
  }

  #aggregate(event: CoreEvent, nowMs: number): { readonly event: CoreEvent; readonly key: string } {
    const aggregateKey = `${sourceKey(event)}${event.reason}${event.reportingComponent}${event.reportingInstance}`;
    const known = this.#alike.get(aggregateKey);
    const fresh = known !== undefined && nowMs - known.lastMs <= EVENTS_ALIKE_MS;
    const messages = fresh ? known.messages : new Set<string>();
    messages.add(event.message);
    this.#alike.set(aggregateKey, { messages, lastMs: nowMs });
    if (messages.size < EVENTS_ALIKE_MAX) return { event, key: exactKey(event) };
    // The set stays as large as it is: one more is let go for the next.
    for (const oldest of messages) {
      messages.delete(oldest);
      break;
    }
    return { event: { ...event, message: `(combined from similar events): ${event.message}` }, key: aggregateKey };
  }
  #isSpam(event: CoreEvent, nowMs: number): boolean {
    const key = sourceKey(event);
    const bucket = this.#spam.get(key) ?? { tokens: EVENT_BURST, atMs: nowMs };
    bucket.tokens = Math.min(EVENT_BURST, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * EVENTS_PER_SECOND);
    bucket.atMs = nowMs;
    this.#spam.set(key, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  }
}

function sourceKey(event: CoreEvent): string {
  const { kind, namespace, name, uid, apiVersion } = event.involvedObject;
  return `${event.source.component}${event.source.host ?? ""}${kind}${namespace ?? ""}${name}${uid}${apiVersion}${event.type}`;
}
const exactKey = (event: CoreEvent): string => `${sourceKey(event)}${event.involvedObject.fieldPath ?? ""}${event.reason}${event.message}`;
