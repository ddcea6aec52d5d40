import type { Bytes, Random } from "../../base/index.js";
import type { Link, LinkHandlers, Net } from "../index.js";
import type { Schedule, SimClock } from "./schedule.js";

export interface SimNetOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly latencyMs: { readonly min: number; readonly max: number };
}

interface Host {
  readonly name: string;
  readonly clock: SimClock;
  readonly listeners: Map<string, (link: Link) => LinkHandlers>;
  readonly links: Set<SimLink>;
  alive: boolean;
}

/** A network of hosts: latency, frames in order on a link, black holes in one direction, connections that close, processes that die. */
export class SimNet {
  readonly #options: SimNetOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #owners = new Map<string, Host>();
  /** "a>b": frames from a to b vanish; the connection stays open. */
  readonly #holes = new Set<string>();

  constructor(options: SimNetOptions) {
    this.#options = options;
  }

  /** The network as the process `name` sees it; a former process of that name is dead from now on. */
  host(name: string, clock: SimClock): Net {
    this.kill(name);
    const host: Host = { name, clock, listeners: new Map(), links: new Set(), alive: true };
    this.#hosts.set(name, host);
    return {
      dial: (address, handlers) => this.#dial(host, address, handlers),
      listen: async (address, accept) => {
        if (!host.alive) return { close: async () => {} };
        host.listeners.set(address, accept);
        this.#owners.set(address, host);
        return { close: async () => void host.listeners.delete(address) };
      },
    };
  }

  /** The process is gone: the other ends of its connections learn it after a latency. */
  kill(name: string): void {
    const host = this.#hosts.get(name);
    if (!host?.alive) return;
    host.alive = false;
    for (const link of [...host.links]) link.break("peer died");
  }

  setHole(from: string, to: string, hole: boolean): void {
    if (hole) this.#holes.add(`${from}>${to}`);
    else this.#holes.delete(`${from}>${to}`);
  }
  heal(): void {
    this.#holes.clear();
  }
  /** Closes every connection between two hosts. */
  cut(a: string, b: string): void {
    for (const link of [...(this.#hosts.get(a)?.links ?? [])]) if (link.other.owner.name === b) link.break("connection reset");
  }

  /** @internal */
  isHole(from: string, to: string): boolean {
    return this.#holes.has(`${from}>${to}`);
  }
  /** @internal */
  latency(): number {
    const { min, max } = this.#options.latencyMs;
    return min + (this.#options.random.below(1_000) / 1_000) * (max - min);
  }
  /** @internal */
  get schedule(): Schedule {
    return this.#options.schedule;
  }

  #dial(from: Host, address: string, handlers: LinkHandlers): Link {
    const target = this.#owners.get(address);
    const near = new SimLink(this, from);
    const far = new SimLink(this, target ?? from);
    near.other = far;
    far.other = near;
    near.handlers = handlers;
    from.links.add(near);
    this.schedule.after(this.latency(), () => {
      if (near.closed) return;
      const accept = target?.alive ? target.listeners.get(address) : undefined;
      if (!target || !accept || this.isHole(from.name, target.name) || this.isHole(target.name, from.name)) {
        if (!accept) near.closeLocally("connection refused");
        return;
      }
      target.links.add(far);
      target.clock.deliver(() => {
        if (far.closed) return;
        far.accepted(accept(far));
        near.openLater();
      });
    });
    return near;
  }
}

class SimLink implements Link {
  readonly #net: SimNet;
  readonly owner: Host;
  other: SimLink = this;
  handlers: LinkHandlers | undefined;
  closed = false;
  /** Frames keep their order whatever the latencies say. */
  #lastArrivalMs = 0;
  #early: Bytes[] = [];

  constructor(net: SimNet, owner: Host) {
    this.#net = net;
    this.owner = owner;
  }

  send(frame: Bytes): "sent" | "full" | "closed" {
    if (this.closed) return "closed";
    const copy = Uint8Array.from(frame);
    if (this.#net.isHole(this.owner.name, this.other.owner.name)) return "sent";
    const at = Math.max(this.#net.schedule.nowMs + this.#net.latency(), this.other.#lastArrivalMs);
    this.other.#lastArrivalMs = at;
    this.#net.schedule.at(at, () => this.other.receive(copy));
    return "sent";
  }

  close(): void {
    this.break("closed by the other side");
    this.closeLocally("closed here");
  }

  /** Tells the other side after a latency. */
  break(reason: string): void {
    const at = Math.max(this.#net.schedule.nowMs + this.#net.latency(), this.other.#lastArrivalMs);
    this.#net.schedule.at(at, () => this.other.closeLocally(reason));
    if (!this.owner.alive) {
      this.closed = true;
      this.owner.links.delete(this);
    } else if (reason !== "closed by the other side") this.#net.schedule.after(this.#net.latency(), () => this.closeLocally(reason));
  }

  receive(frame: Bytes): void {
    this.owner.clock.deliver(() => {
      if (this.closed) return;
      if (this.handlers) this.handlers.onFrame(frame);
      else this.#early.push(frame);
    });
  }

  closeLocally(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.owner.links.delete(this);
    this.owner.clock.deliver(() => this.handlers?.onClose(reason));
  }

  accepted(handlers: LinkHandlers): void {
    this.handlers = handlers;
    for (const frame of this.#early.splice(0)) handlers.onFrame(frame);
  }

  openLater(): void {
    this.#net.schedule.after(this.#net.latency(), () =>
      this.owner.clock.deliver(() => (this.closed ? undefined : this.handlers?.onOpen?.())),
    );
  }
}
