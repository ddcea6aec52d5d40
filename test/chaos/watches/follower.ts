import type { Random } from "../../../src/base/index.js";
import { wait } from "../clients.js";
import type { ClientKind, Event, watchClients } from "./clients.js";
import { Listener, type Scope } from "./story.js";

/** Goes elsewhere by itself after so many events at most: it must not matter who is asked. */
const EVENTS_BEFORE_HOP_MAX = 200;
const PAUSE_MS = 50;

export interface FollowerOptions {
  readonly kind: ClientKind;
  readonly clients: ReturnType<typeof watchClients>;
  readonly servers: readonly string[];
  /** "/api/v1/configmaps" */
  readonly path: string;
  readonly scope: Scope;
  readonly from: number;
  readonly random: Random;
}

/** One watcher: whenever its stream is over it asks another master for what comes behind the last that it was told. */
export class Follower {
  readonly listener: Listener;
  /** How often it went on elsewhere. */
  resumed = 0;
  /** Streams that ended by themselves, with the code of their answers. */
  readonly ends = new Map<number, number>();
  readonly #options: FollowerOptions;
  readonly #stopped = new AbortController();
  readonly #over: Promise<void>;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { kind, path, scope, from } = options;
    this.listener = new Listener({ who: `${kind}, ${path} (${scope})`, scope, from });
    this.#over = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#over;
  }

  async #run(): Promise<void> {
    const { servers, random } = this.#options;
    let at = random.below(servers.length);
    while (!this.#stopped.signal.aborted) {
      const code = await this.#listen(servers[at % servers.length] ?? "");
      this.ends.set(code, (this.ends.get(code) ?? 0) + 1);
      if (code === 410) this.listener.complain(`was told to begin anew at ${this.listener.revision}`);
      if (this.#stopped.signal.aborted) return;
      at += 1 + random.below(servers.length);
      this.resumed++;
      await wait(random.below(PAUSE_MS));
    }
  }

  async #listen(server: string): Promise<number> {
    const { kind, clients, path, scope, random } = this.#options;
    const hop = new AbortController();
    const selection = scope === "all" ? "" : "&labelSelector=shift%3Don";
    let left = 1 + random.below(EVENTS_BEFORE_HOP_MAX);
    let isOpen = true;
    const code = await clients[kind]({
      server,
      path: `${path}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.listener.revision}${selection}`,
      signal: AbortSignal.any([hop.signal, this.#stopped.signal]),
      event: (event) => {
        // What was on its way when it left is asked for again elsewhere.
        if (!isOpen) return;
        this.#hear(event);
        if (--left > 0) return;
        isOpen = false;
        hop.abort();
      },
    });
    isOpen = false;
    return code;
  }

  #hear({ type, object }: Event): void {
    if (type === "ERROR") return this.listener.complain(`an error at ${this.listener.revision}: ${object.code} ${object.message}`);
    const { name = "", resourceVersion, annotations } = object.metadata;
    const revision = Number(resourceVersion);
    if (type === "BOOKMARK") this.listener.bookmark(revision);
    else this.listener.hear({ phase: type, name, step: Number(annotations?.["step"]), revision });
  }
}
