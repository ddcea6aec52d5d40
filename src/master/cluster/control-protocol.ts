/** The control channel: HTTP with JSON bodies over a Unix socket. Who may open the socket may do everything. */
export interface MasterStatus {
  readonly name: string;
  readonly pid: number;
  readonly id: string;
  readonly role: "leader" | "follower" | "candidate" | "preCandidate" | "learner";
  readonly term: number;
  /** Name of the leader; "" when none is known. */
  readonly leader: string;
  readonly raftIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly rssBytes: number;
  readonly cpuMicros: number;
  readonly upMs: number;
  readonly walBytes: number;
  readonly faults: readonly PeerFaultView[];
  readonly peers: readonly { readonly name: string; readonly up: boolean }[];
  readonly alarms: readonly string[];
}

export interface PeerFaultView {
  readonly peer: string;
  readonly drop: boolean;
  readonly delayMs: number;
}

/** POST /faults. `forMs`: the master ends the fault by itself, also when the one who asked is gone. Peers by name. */
export type FaultRequest =
  | { readonly clear: true }
  | { readonly peers: readonly string[] | "all"; readonly drop?: boolean; readonly delayMs?: number; readonly forMs?: number };

/** POST /stop. `transfer`: leadership is handed over first; not when all stop. */
export interface StopRequest {
  readonly transfer: boolean;
}

/** POST /probe: one entry through the whole log, changing nothing. */
export interface ProbeAnswer {
  readonly ms: number;
  readonly leader: string;
  readonly term: number;
  readonly appliedIndex: number;
}

/** POST /start, /stop and /restart of the supervisor. */
export interface NamesRequest {
  readonly names: readonly string[];
}

/** What a master tells the process that started it. */
export type MasterMessage =
  | { readonly kind: "listening" }
  /** Its apiserver answers. */
  | { readonly kind: "serving" }
  | { readonly kind: "leader"; readonly leader: string; readonly term: number }
  | { readonly kind: "failed"; readonly failure: MasterFailure };

export const FAILURES = ["locked", "wrongDirectory", "portInUse", "tooNew", "corrupt", "other"] as const;
export interface MasterFailure {
  readonly code: (typeof FAILURES)[number];
  readonly message: string;
}
