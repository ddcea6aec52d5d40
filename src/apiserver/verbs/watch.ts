import { type Bytes, concatBytes, utf8 } from "../../base/index.js";
import type { Timer } from "../../host/index.js";
import { apiVersionOf, expired, type Json, type KubeObject, type StatusError } from "../../kube/meta/index.js";
import { encodeJson, encodeProtobuf, encodeWatchEvent } from "../../kube/schema/index.js";
import type { ApiResponse, ByteSink, StreamHandlers } from "../chain/index.js";
import { prefixOf, showsStored, storedObjects } from "../registry/index.js";
import type { CacheChange, CachedObject } from "../storage/index.js";
import { type Exchange, targetOf } from "./exchange.js";
import {
  BOOKMARK_MS,
  LAST_BOOKMARK_SECONDS,
  WATCH_AHEAD_BYTES,
  WATCH_BEHIND_MAX,
  WATCH_QUEUE_BYTES_MAX,
  WATCH_SECONDS_MIN,
} from "./limits.js";
import { freshEnough } from "./list.js";
import { MEDIA_TYPES, type Output } from "./negotiation.js";
import { type ListOptions, listOptions } from "./options.js";
import { kindOf, outputOf, partial, table, warningHeaders } from "./respond.js";
import { badRevision } from "./revisions.js";
import { type Filter, filterOf } from "./selection.js";

type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** Where the events of a watch begin. */
type Begin =
  /** With what is there now, then what happens. */
  | { readonly kind: "state" }
  /** After this revision. */
  | { readonly kind: "after"; readonly revision: number };

export async function watchVerb(x: Exchange): Promise<ApiResponse> {
  const output = outputOf(x, true);
  const options = listOptions(x.info.query, true);
  const filter = filterOf(x, options);
  const begin = await beginning(x, options);
  const headers = new Map<string, string | readonly string[]>([["content-type", streamType(output)], ...warningHeaders(x.warnings)]);
  return { kind: "stream", code: 200, headers, start: (sink) => new Watch(x, { output, options, filter, begin }, sink).start() };
}
const streamType = (output: Output): string => (output.format === "json" ? MEDIA_TYPES.json : `${MEDIA_TYPES[output.format]};stream=watch`);

async function beginning(x: Exchange, options: ListOptions): Promise<Begin> {
  const asked = options.resourceVersion;
  if (asked !== "" && !/^\d+$/.test(asked)) throw badRevision(asked, 500);
  const revision = Number(asked || 0);
  if (options.sendInitialEvents !== undefined) {
    await freshEnough(x, asked, revision);
    if (options.sendInitialEvents) return { kind: "state" };
    return { kind: "after", revision: revision || x.api.cacher.revision };
  }
  if (revision === 0) {
    if (asked === "") await x.api.cacher.current();
    return { kind: "state" };
  }
  return { kind: "after", revision };
}

interface Plan {
  readonly output: Output;
  readonly options: ListOptions;
  readonly filter: Filter;
  readonly begin: Begin;
}

/** One client's stream of events. What it does not read is bounded; beyond that it is cut and comes again from where it was. */
class Watch {
  readonly #x: Exchange;
  readonly #plan: Plan;
  readonly #sink: ByteSink;
  readonly #prefix: string;
  readonly #key: string;
  #tableHead = true;
  #timers: Timer[] = [];
  readonly #unsubscribe: (() => void)[] = [];
  #over = false;
  #sentRevision = 0;
  /** What was there when the watch began, then what happened since, as long as the client has not taken all of it. */
  #initial: readonly CachedObject[] = [];
  #initialAt = 0;
  #endDue = false;
  #endRevision = 0;
  #behind: CacheChange[] | undefined = [];
  #behindAt = 0;
  /** The sink's word about the last write. */
  #taken = true;

  constructor(x: Exchange, plan: Plan, sink: ByteSink) {
    this.#x = x;
    this.#plan = plan;
    this.#sink = sink;
    this.#prefix = prefixOf(targetOf(x));
    const { row, version } = x.found;
    this.#key = `${row.group}/${version.name}/${plan.output.format}/${plan.output.as}/${plan.output.metaVersion}/${x.info.query.get("includeObject") ?? ""}/${row.custom?.serial ?? ""}`;
  }

  start(): StreamHandlers {
    const { cacher, clock } = this.#x.api;
    const { begin, options } = this.#plan;
    const missed = begin.kind === "after" ? cacher.changesAfter(begin.revision, this.#prefix) : [];
    if (missed === undefined) {
      const revision = begin.kind === "after" ? begin.revision : 0;
      this.#error(expired(`too old resource version: ${revision} (${cacher.oldest})`));
      return { drained: () => {}, closed: () => {} };
    }
    if (begin.kind === "state") this.#initial = [...cacher.below(this.#prefix)];
    this.#sentRevision = begin.kind === "state" ? cacher.revision : begin.revision;
    this.#endDue = options.sendInitialEvents === true && options.bookmarks;
    this.#behind = [...missed];
    const shown = cacher.revision;
    const resource = this.#x.found.row.stored?.prefix as string;
    this.#unsubscribe.push(cacher.subscribe(resource, { change: (c) => this.#change(c), broken: () => this.#end() }));
    const retired = this.#x.found.row.custom?.onRetired(() => this.#end());
    if (retired) this.#unsubscribe.push(retired);
    const seconds = options.timeoutSeconds || WATCH_SECONDS_MIN * (1 + Math.random());
    this.#timers.push(clock.after(seconds * 1_000, () => this.#end()));
    if (options.bookmarks && seconds > LAST_BOOKMARK_SECONDS) {
      this.#timers.push(clock.after((seconds - LAST_BOOKMARK_SECONDS) * 1_000, () => this.#bookmark({})));
    }
    if (options.bookmarks) this.#bookmarkLater();
    this.#endRevision = shown;
    this.#catchUp();
    return { drained: () => this.#catchUp(), closed: () => this.#stop() };
  }

  /** Goes on until the client has enough to read: all at once would be cut for what it had no time to read. */
  #catchUp(): void {
    const behind = this.#behind;
    while (behind !== undefined && !this.#over) {
      if (!this.#taken && this.#sink.queuedBytes > WATCH_AHEAD_BYTES) return;
      const object = this.#initial[this.#initialAt++];
      if (object !== undefined) this.#show(object);
      else if (this.#endDue) this.#sayEnd();
      else {
        const change = behind[this.#behindAt++];
        if (change === undefined) break;
        this.#tell(change);
      }
    }
    this.#behind = undefined;
    this.#initial = [];
  }
  #sayEnd(): void {
    this.#endDue = false;
    this.#bookmark({ annotations: { [INITIAL_EVENTS_END]: "true" } }, this.#endRevision);
  }

  #bookmarkLater(): void {
    this.#timers.push(
      this.#x.api.clock.after(BOOKMARK_MS, () => {
        if (this.#over) return;
        this.#timers.length = Math.min(2, this.#timers.length);
        this.#bookmark({});
        this.#bookmarkLater();
      }),
    );
  }
  #end(): void {
    if (this.#over) return;
    this.#stop();
    this.#sink.end();
  }
  #stop(): void {
    this.#over = true;
    this.#behind = undefined;
    this.#initial = [];
    for (const timer of this.#timers) timer.cancel();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #show(object: CachedObject): void {
    if (this.#plan.filter.all || this.#plan.filter.matches(object)) this.#send("ADDED", object, object.revision, false);
  }

  #change(change: CacheChange): void {
    if (this.#over || change.revision <= this.#sentRevision || !change.key.startsWith(this.#prefix)) return;
    if (this.#behind === undefined) return this.#tell(change);
    this.#behind.push(change);
    if (this.#behind.length - this.#behindAt > WATCH_BEHIND_MAX) this.#end();
  }
  /** An object that enters or leaves the selection is added or deleted for this client. */
  #tell(change: CacheChange): void {
    const { filter } = this.#plan;
    const is = change.object !== undefined && (filter.all || filter.matches(change.object));
    const was = change.previous !== undefined && (filter.all || filter.matches(change.previous));
    if (is) this.#send(was ? "MODIFIED" : "ADDED", change.object as CachedObject);
    else if (was) this.#send("DELETED", change.previous as CachedObject, change.revision);
  }

  /** A deleted object is shown as it was, at the revision that deleted it. Many watchers hear of a change: it is encoded once for all. What one
   *  of them begins with is kept for nobody. */
  #send(type: EventType, object: CachedObject, revision = object.revision, isShared = true): void {
    if (this.#over) return;
    if (this.#plan.output.as === "Table" && this.#tableHead) {
      this.#tableHead = false;
      this.#write(this.#frame(type, this.#tableOf(object, revision, true)));
      return;
    }
    const make = (): Bytes => this.#encode(type, object, revision);
    this.#write(isShared ? object.memo(`${type} ${this.#key} ${revision}`, make) : make());
  }
  #encode(type: EventType, object: CachedObject, revision: number): Bytes {
    const { row, version } = this.#x.found;
    const { output } = this.#plan;
    if (output.as === "object" && output.format === "json" && showsStored(row, version) && revision === object.revision) {
      const bytes = object.storedJson();
      if (bytes) return concatBytes([utf8(`{"type":"${type}","object":`), bytes, utf8("}\n")]);
    }
    if (output.as === "Table") return this.#frame(type, this.#tableOf(object, revision, false));
    const shown = this.#shown(object, revision);
    return this.#frame(type, output.as === "object" ? shown : partial(shown, this.#metaVersion()));
  }
  #metaVersion(): string {
    return apiVersionOf({ group: "meta.k8s.io", version: this.#plan.output.metaVersion });
  }
  #tableOf(object: CachedObject, revision: number, head: boolean): KubeObject {
    return table(this.#x, [this.#shown(object, revision)], this.#metaVersion(), { resourceVersion: String(revision) }, head);
  }
  #shown(object: CachedObject, revision: number): KubeObject {
    const { row, version } = this.#x.found;
    const stored = object.object(storedObjects(row).decode);
    const at = revision === object.revision ? stored : { ...stored, metadata: { ...stored.metadata, resourceVersion: String(revision) } };
    if (!version.conversion) return at;
    const converted = version.conversion.fromStored([at]);
    // Conversions that answer later are carried out before a watch begins; see the room's page.
    return (converted as readonly KubeObject[])[0] as KubeObject;
  }

  #bookmark(metadata: { readonly annotations?: { [key: string]: string } }, revision = this.#x.api.cacher.revision): void {
    // Of what comes first, the revision of now would say too much.
    if (this.#behind !== undefined && metadata.annotations === undefined) return;
    const { row, version } = this.#x.found;
    const apiVersion = apiVersionOf({ group: row.group, version: version.name });
    const meta = { resourceVersion: String(revision), ...metadata };
    const object: KubeObject = { kind: row.kind, apiVersion, metadata: meta };
    const { output } = this.#plan;
    if (output.as === "Table")
      this.#write(
        this.#frame("BOOKMARK", table(this.#x, [object], this.#metaVersion(), { resourceVersion: meta.resourceVersion }, this.#tableHead)),
      );
    else this.#write(this.#frame("BOOKMARK", output.as === "object" ? object : partial(object, this.#metaVersion())));
  }

  #frame(type: EventType, object: KubeObject | Json): Bytes {
    if (this.#plan.output.format === "protobuf")
      return lengthPrefixed(encodeWatchEvent(type, encodeProtobuf(object as KubeObject, kindOf(object as KubeObject))));
    return utf8(`{"type":"${type}","object":${encodeJson(object)}}\n`);
  }
  #error(error: StatusError): void {
    this.#over = true;
    this.#sink.write(this.#frame("ERROR", error.status as unknown as Json));
    this.#sink.end();
  }
  #write(bytes: Bytes): void {
    this.#taken = this.#sink.write(bytes);
    // The client does not read. It is cut, and begins again from the last event that it saw.
    if (this.#sink.queuedBytes > WATCH_QUEUE_BYTES_MAX) this.#end();
  }
}

/** A frame of a protobuf stream: four bytes of length, then the message. */
function lengthPrefixed(message: Bytes): Bytes {
  const frame = Buffer.allocUnsafe(4 + message.length);
  frame.writeUInt32BE(message.length);
  frame.set(message, 4);
  return frame;
}
