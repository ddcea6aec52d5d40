import type { GrpcAdapter } from "../../src/master/cluster/index.js";
import type { System } from "./systems.js";

export interface BenchOptions {
  readonly pairs: number;
  /** Of one load. */
  readonly seconds: number;
  readonly kills: number;
  readonly settleSeconds: number;
  readonly idleSeconds: number;
  readonly keys: number;
  readonly watchers: number;
  readonly peerBinary: string | undefined;
  /** A kube-apiserver, which runs on three members of the peer. */
  readonly apiPeerBinary: string | undefined;
  readonly h2load: boolean;
  /** Clients and peers of both systems within TLS. */
  readonly tls: boolean;
  /** What answers gRPC on our side. */
  readonly grpcServer: GrpcAdapter;
  readonly progress: (line: string) => void;
}

/** Both systems, up at once; the peer may be missing. */
export interface Field {
  readonly ours: System;
  readonly peer: System | undefined;
}

/** A B A B: one measurement of each side a pair, so that a machine that slows down slows both. */
export async function alternate<S, T>(
  field: { readonly ours: S; readonly peer: S | undefined },
  pairs: number,
  measure: (system: S) => Promise<T>,
): Promise<{ readonly ours: T[]; readonly peer: T[] }> {
  const out = { ours: [] as T[], peer: [] as T[] };
  for (let i = 0; i < pairs; i++) {
    out.ours.push(await measure(field.ours));
    if (field.peer) out.peer.push(await measure(field.peer));
  }
  return out;
}
