import { type Bytes, type ClusterId, hexId, type MemberId, memberId } from "../../base/index.js";
import type { Clock, Link, LinkHandlers, Log, Net, Timer } from "../../host/index.js";
import type { Message } from "../../raft/types.js";
import {
  type Answer,
  type AnswerInit,
  type Call,
  type CallInit,
  Frame,
  type FrameInit,
  type Hello,
  type SnapshotAnswer,
  type SnapshotAnswerInit,
  type SnapshotChunk,
  type SnapshotChunkInit,
} from "../../wire/gen/trimast-peer.js";
import { batchFrame, EntryBlocks } from "./batch.js";
import { fromWire } from "./codec.js";
import { CALL_TIMEOUT_MS, CALLS_PENDING_MAX, DELAYED_FRAMES_MAX, HELLO_TIMEOUT_MS, REDIAL_MS_MAX, REDIAL_MS_MIN } from "./limits.js";

/** Version of the frames in peer.proto. */
export const PEER_PROTOCOL = 1;

export interface PeerHandlers {
  /** Raft messages of a known member of this cluster, well formed. */
  receive(messages: readonly Message[]): void;
  /** A link that was up closed: its process is gone, or the network between. */
  connectionLost(peer: MemberId): void;
  connected(peer: MemberId): void;
  /** A frame to `peer` was dropped: its link is full or down. */
  unreachable(peer: MemberId): void;
  /** The answer's number is filled in by the caller of this. Never rejects. */
  call(from: MemberId, call: Call): Promise<AnswerInit>;
  snapshotChunk(from: MemberId, chunk: SnapshotChunk): Promise<SnapshotAnswerInit>;
  snapshotAnswer(from: MemberId, answer: SnapshotAnswer): void;
}

export interface PeersOptions {
  readonly clock: Clock;
  readonly net: Net;
  readonly log: Log;
  readonly self: MemberId;
  readonly clusterId: ClusterId;
  readonly speaks: number;
  /** Where others reach this member. */
  readonly peerUrls: readonly string[];
  /** A member that knows no leader may be the one that lags: then a stranger of the same cluster is heard until the log names it. */
  readonly hearsStrangers: () => boolean;
  readonly handlers: PeerHandlers;
}

export interface PeerAddress {
  readonly id: MemberId;
  readonly urls: readonly string[];
}

/** A fault injected by hand: everything to and from the peer vanishes, or comes late. */
export interface PeerFault {
  readonly drop: boolean;
  readonly delayMs: number;
}

export type CallOutcome = Answer | "unreachable";

interface Waiting {
  readonly resolve: (outcome: CallOutcome) => void;
  readonly timer: Timer;
}

type State =
  | { readonly kind: "waiting"; readonly timer: Timer }
  | { readonly kind: "dialling" | "up"; readonly link: Link; readonly timer: Timer | undefined }
  | { readonly kind: "stopped" };

interface Peer {
  readonly id: MemberId;
  urls: readonly string[];
  dials: number;
  state: State;
  redialMs: number;
  incoming: number;
  readonly calls: Map<number, Waiting>;
  fault: PeerFault | undefined;
  delayed: number;
  upSinceMs: number;
  sentBytes: number;
  receivedBytes: number;
  dropped: number;
}

export interface PeerView {
  readonly id: MemberId;
  readonly up: boolean;
  readonly state: "waiting" | "dialling" | "up" | "stopped";
  readonly dials: number;
  /** Monotonic; when the present link came up. */
  readonly upSinceMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly droppedFrames: number;
  readonly fault: PeerFault | undefined;
}

/** Links to every other member: each member dials each, sends on the link it dialled, receives on those it accepted. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #peers = new Map<MemberId, Peer>();
  readonly #links = new Set<Link>();
  #nextCall = 1;
  #stopped = false;
  /** Frames refused at the gate, by reason: wrong cluster, unknown sender, malformed. */
  readonly refused = new Map<string, number>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Who there is to talk to; links of others are closed. */
  setMembers(members: readonly PeerAddress[]): void {
    const keep = new Set(members.map((m) => m.id));
    for (const peer of this.#peers.values()) if (!keep.has(peer.id)) this.#forget(peer);
    for (const m of members) {
      if (m.id === this.#options.self || this.#stopped) continue;
      const known = this.#peers.get(m.id);
      if (known) {
        known.urls = m.urls;
        continue;
      }
      this.#add(m);
    }
  }

  #add(m: PeerAddress): void {
    const peer: Peer = {
      id: m.id,
      urls: m.urls,
      dials: 0,
      state: { kind: "stopped" },
      redialMs: REDIAL_MS_MIN,
      incoming: 0,
      calls: new Map(),
      fault: undefined,
      delayed: 0,
      upSinceMs: 0,
      sentBytes: 0,
      receivedBytes: 0,
      dropped: 0,
    };
    this.#peers.set(m.id, peer);
    this.#dial(peer);
  }

  views(): readonly PeerView[] {
    return [...this.#peers.values()].map((p) => ({
      id: p.id,
      up: p.state.kind === "up",
      state: p.state.kind,
      dials: p.dials,
      upSinceMs: p.upSinceMs,
      sentBytes: p.sentBytes,
      receivedBytes: p.receivedBytes,
      droppedFrames: p.dropped,
      fault: p.fault,
    }));
  }

  /** One frame a peer, whatever the number of messages. */
  send(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const byPeer = new Map<MemberId, Message[]>();
    for (const m of messages) {
      const list = byPeer.get(m.to);
      if (list) list.push(m);
      else byPeer.set(m.to, [m]);
    }
    const blocks = new EntryBlocks();
    for (const [to, list] of byPeer) {
      const peer = this.#peers.get(to);
      if (!peer || !this.#sendBytes(peer, batchFrame(list, blocks))) this.#options.handlers.unreachable(to);
    }
  }

  /** Asks another member; "unreachable" when no answer comes in time. Never repeated. */
  call(to: MemberId, call: CallInit): Promise<CallOutcome> {
    const peer = this.#peers.get(to);
    if (!peer || peer.calls.size >= CALLS_PENDING_MAX) return Promise.resolve("unreachable");
    const number = this.#nextCall++;
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(CALL_TIMEOUT_MS, () => this.#settle(peer, number, "unreachable"));
      peer.calls.set(number, { resolve, timer });
      if (!this.#sendFrame(peer, { call: { ...call, number } })) this.#settle(peer, number, "unreachable");
    });
  }

  sendSnapshotChunk(to: MemberId, chunk: SnapshotChunkInit): boolean {
    const peer = this.#peers.get(to);
    return peer !== undefined && this.#sendFrame(peer, { snapshot: chunk });
  }

  setFault(id: MemberId, fault: PeerFault | undefined): void {
    const peer = this.#peers.get(id);
    if (peer) peer.fault = fault;
  }

  /** Handlers for a link that another member dialled. Given to Net.listen. */
  accept(link: Link): LinkHandlers {
    let from: Peer | undefined;
    this.#links.add(link);
    return {
      onFrame: (bytes) => {
        const frame = decodeFrame(bytes);
        if (frame === undefined) return this.#refuse(link, "malformed frame");
        if (from === undefined) {
          from = this.#greet(link, frame.hello);
          return;
        }
        from.receivedBytes += bytes.length;
        this.#withFault(from, () => this.#onIncoming(from as Peer, link, frame));
      },
      onClose: () => {
        this.#links.delete(link);
        if (from) this.#incomingClosed(from);
      },
    };
  }

  close(): void {
    this.#stopped = true;
    for (const peer of this.#peers.values()) this.#forget(peer);
    for (const link of this.#links) link.close();
    this.#links.clear();
  }

  // ---------------------------------------------------------------- who comes in

  #greet(link: Link, hello: Hello | undefined): Peer | undefined {
    const { self, clusterId, speaks } = this.#options;
    const why = this.#whyRefuse(hello);
    link.send(
      Frame.bytes({
        hello: {
          protocol: PEER_PROTOCOL,
          clusterId,
          memberId: self,
          toId: hello?.memberId ?? 0n,
          refused: why,
          speaks,
        },
      }),
    );
    if (why !== "") {
      this.#refuse(link, why);
      return undefined;
    }
    const id = memberId(hello?.memberId ?? 0n);
    if (!this.#peers.has(id)) this.#add({ id, urls: hello?.peerUrls ?? [] });
    const peer = this.#peers.get(id);
    if (peer) {
      peer.incoming++;
      // It lives: no need to wait out the pause before dialling it.
      if (peer.state.kind === "waiting") this.#redialNow(peer);
    }
    return peer;
  }

  #whyRefuse(hello: Hello | undefined): string {
    if (hello === undefined) return "no hello";
    if (hello.protocol !== PEER_PROTOCOL) return `peer protocol ${hello.protocol} is not ${PEER_PROTOCOL}`;
    if (hello.clusterId !== this.#options.clusterId) return "cluster ID mismatch";
    if (hello.toId !== this.#options.self) return "not the member you look for";
    if (this.#peers.has(memberId(hello.memberId))) return "";
    return this.#options.hearsStrangers() && hello.peerUrls.length > 0 ? "" : "unknown member";
  }

  #refuse(link: Link, why: string): void {
    this.refused.set(why, (this.refused.get(why) ?? 0) + 1);
    link.close();
  }

  #incomingClosed(peer: Peer): void {
    peer.incoming--;
    if (!this.#stopped && this.#peers.get(peer.id) === peer && peer.incoming === 0) this.#options.handlers.connectionLost(peer.id);
  }

  #onIncoming(peer: Peer, link: Link, frame: Frame): void {
    if (this.#stopped) return;
    if (frame.batch) this.#onBatch(peer, frame.batch.message.map(fromWire));
    else if (frame.call) {
      const number = frame.call.number;
      void this.#options.handlers.call(peer.id, frame.call).then((answer) => this.#reply(peer, link, { answer: { ...answer, number } }));
    } else if (frame.snapshot) {
      void this.#options.handlers
        .snapshotChunk(peer.id, frame.snapshot)
        .then((answer) => this.#reply(peer, link, { snapshotAnswer: answer }));
    }
  }

  #reply(peer: Peer, link: Link, frame: FrameInit): void {
    this.#withFault(peer, () => link.send(Frame.bytes(frame)));
  }

  #onBatch(peer: Peer, messages: readonly (Message | "malformed")[]): void {
    const good = messages.filter((m): m is Message => m !== "malformed" && m.from === peer.id && m.to === this.#options.self);
    const bad = messages.length - good.length;
    if (bad > 0) this.refused.set("malformed message", (this.refused.get("malformed message") ?? 0) + bad);
    if (good.length > 0) this.#options.handlers.receive(good);
  }

  // ---------------------------------------------------------------- whom we dial

  #dial(peer: Peer): void {
    const url = peer.urls[peer.dials++ % Math.max(1, peer.urls.length)];
    if (url === undefined) return this.#scheduleRedial(peer);
    const { clock, net, self, clusterId, speaks } = this.#options;
    const link: Link = net.dial(url, {
      onOpen: () => {
        link.send(
          Frame.bytes({
            hello: { protocol: PEER_PROTOCOL, clusterId, memberId: self, toId: peer.id, speaks, peerUrls: this.#options.peerUrls },
          }),
        );
      },
      onFrame: (bytes) => this.#onOutgoing(peer, link, bytes),
      onClose: () => this.#outgoingClosed(peer, link),
    });
    const timer = clock.after(HELLO_TIMEOUT_MS, () => link.close());
    peer.state = { kind: "dialling", link, timer };
  }

  #onOutgoing(peer: Peer, link: Link, bytes: Bytes): void {
    const frame = decodeFrame(bytes);
    if (frame === undefined) return link.close();
    if (peer.state.kind === "dialling") return this.#greeted(peer, link, frame.hello);
    peer.receivedBytes += bytes.length;
    this.#withFault(peer, () => {
      if (frame.answer) this.#settle(peer, frame.answer.number, frame.answer);
      else if (frame.snapshotAnswer) this.#options.handlers.snapshotAnswer(peer.id, frame.snapshotAnswer);
    });
  }

  #greeted(peer: Peer, link: Link, hello: Hello | undefined): void {
    if (peer.state.kind !== "dialling") return;
    peer.state.timer?.cancel();
    const wrong =
      hello === undefined
        ? "no hello"
        : hello.refused !== ""
          ? hello.refused
          : hello.clusterId !== this.#options.clusterId
            ? "cluster ID mismatch"
            : hello.memberId !== peer.id
              ? "another member answers there"
              : "";
    if (wrong !== "") {
      this.#options.log.warn("a peer refused the link", { peer: hexId(peer.id), url: peer.urls.join(","), why: wrong });
      peer.redialMs = REDIAL_MS_MAX;
      return link.close();
    }
    peer.state = { kind: "up", link, timer: undefined };
    peer.redialMs = REDIAL_MS_MIN;
    peer.upSinceMs = this.#options.clock.monotonicMs();
    this.#options.handlers.connected(peer.id);
  }

  #outgoingClosed(peer: Peer, link: Link): void {
    if (peer.state.kind === "stopped" || peer.state.kind === "waiting" || peer.state.link !== link) return;
    const wasUp = peer.state.kind === "up";
    peer.state.timer?.cancel();
    this.#failCalls(peer);
    this.#scheduleRedial(peer);
    if (wasUp) this.#options.handlers.connectionLost(peer.id);
  }

  #scheduleRedial(peer: Peer): void {
    const timer = this.#options.clock.after(peer.redialMs, () => this.#dial(peer));
    peer.state = { kind: "waiting", timer };
    peer.redialMs = Math.min(peer.redialMs * 2, REDIAL_MS_MAX);
  }

  #redialNow(peer: Peer): void {
    if (peer.state.kind !== "waiting") return;
    peer.state.timer.cancel();
    peer.redialMs = REDIAL_MS_MIN;
    this.#dial(peer);
  }

  #forget(peer: Peer): void {
    const state = peer.state;
    peer.state = { kind: "stopped" };
    if (state.kind === "waiting") state.timer.cancel();
    else if (state.kind !== "stopped") {
      state.timer?.cancel();
      state.link.close();
    }
    this.#failCalls(peer);
    this.#peers.delete(peer.id);
  }

  #failCalls(peer: Peer): void {
    for (const number of [...peer.calls.keys()]) this.#settle(peer, number, "unreachable");
  }

  #settle(peer: Peer, number: number, outcome: CallOutcome): void {
    const waiting = peer.calls.get(number);
    if (!waiting) return;
    peer.calls.delete(number);
    waiting.timer.cancel();
    waiting.resolve(outcome);
  }

  // ---------------------------------------------------------------- frames out, faults

  #sendFrame(peer: Peer, frame: FrameInit): boolean {
    return this.#sendBytes(peer, Frame.bytes(frame));
  }

  #sendBytes(peer: Peer, bytes: Bytes): boolean {
    if (peer.state.kind !== "up") return false;
    const link = peer.state.link;
    peer.sentBytes += bytes.length;
    if (peer.fault === undefined) {
      const outcome = link.send(bytes);
      if (outcome !== "sent") peer.dropped++;
      return outcome === "sent";
    }
    this.#withFault(peer, () => link.send(bytes));
    return true;
  }

  #withFault(peer: Peer, run: () => void): void {
    const fault = peer.fault;
    if (fault === undefined) return run();
    if (fault.drop || peer.delayed >= DELAYED_FRAMES_MAX) {
      peer.dropped++;
      return;
    }
    peer.delayed++;
    this.#options.clock.after(fault.delayMs, () => {
      peer.delayed--;
      run();
    });
  }
}

function decodeFrame(bytes: Bytes): Frame | undefined {
  try {
    return Frame.from(bytes);
  } catch {
    return undefined;
  }
}
