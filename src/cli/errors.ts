import { ClusterFileBroken, ConfigError, MasterFailed, MastersEnded, NotReadyInTime } from "../master/cluster/index.js";

export const EXIT = { done: 0, failed: 1, usage: 2, notReady: 3, quorumLost: 4, locked: 5, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface Row {
  readonly title: string;
  readonly exit: ExitCode;
  readonly why: string;
  readonly fix: string;
}
const row = (exit: ExitCode, title: string, why: string, fix: string): Row => ({ exit, title, why, fix });

/** Every error of the command line: the one table that `trimast explain` reads. Numbers are never given twice. */
export const ERRORS = {
  TE0001: row(EXIT.usage, "wrong usage", "The command line names a verb, a flag or an argument that does not exist.", "trimast --help"),
  TE0002: row(EXIT.usage, "wrong value", "A flag or an argument has a value that it cannot have.", "trimast VERB --help"),
  TE0003: row(
    EXIT.failed,
    "unexpected error",
    "Something happened that this program has no words for: a defect, or a system call that failed.",
    "trimast doctor",
  ),
  TE0101: row(
    EXIT.usage,
    "the configuration is wrong",
    "A cluster configuration has an unknown key, a wrong value, or is not YAML. The line and column are named.",
    "compare with cluster-configs/three-masters.yaml; editors check it with cluster-configs/cluster.schema.json",
  ),
  TE0102: row(
    EXIT.usage,
    "not a loopback address",
    "Without TLS anybody on the network could read and change everything, so `up` and `master` listen on loopback only. Peers' addresses need the peers' certificates too: `spec.tls.peer.trustedCaFile`.",
    "use 127.0.0.1 in the configuration, or give it `spec.tls`",
  ),
  TE0103: row(
    EXIT.usage,
    "the data directory belongs to another set of masters",
    "A directory remembers the masters it was made with: names and peer addresses are part of the cluster's identity.",
    "trimast up --data-dir OTHER, or trimast reset to start afresh",
  ),
  TE0104: row(EXIT.failed, "a master could not start", "Its own words are above; its log has more.", "trimast doctor"),
  TE0105: row(
    EXIT.failed,
    "the data directory belongs to another cluster or member",
    "The log says which cluster and member it was written by. Opening it under another name would mix two histories.",
    "use the configuration that it was made with, or another --data-dir",
  ),
  TE0106: row(
    EXIT.failed,
    "the data was written by a newer version",
    "A file carries a format version that this program does not know. It does not guess.",
    "run the newer version of trimast on this directory",
  ),
  TE0107: row(
    EXIT.failed,
    "a port is in use",
    "Another process listens on an address that a master needs.",
    "trimast up --ports auto, or end the other process",
  ),
  TE0108: row(
    EXIT.failed,
    "the log is damaged",
    "Something before the last write is not what was written. Nobody may guess what was acknowledged, so the master refuses to start.",
    "move the member's directory away, remove and add the member; the others have the data",
  ),
  TE0109: row(EXIT.failed, "an address cannot be listened on", "The system refuses the address.", "trimast config print --show-origin"),
  TE0201: row(
    EXIT.failed,
    "nothing runs here",
    "No cluster was started in this data directory, or all its masters are stopped.",
    "trimast up",
  ),
  TE0202: row(EXIT.usage, "no such master", "The name is not one of this cluster's masters.", "trimast status"),
  TE0203: row(
    EXIT.failed,
    "the master is not in the state for this",
    "What was asked for needs it running, paused or stopped, and it is not.",
    "trimast status",
  ),
  TE0204: row(
    EXIT.failed,
    "a process did not do what it was told",
    "It got the signal or the request and nothing happened in time.",
    "trimast status",
  ),
  TE0205: row(
    EXIT.usage,
    "this needs a confirmation",
    "The command destroys data, and there is no terminal to ask on.",
    "repeat it with --yes",
  ),
  TE0206: row(
    EXIT.failed,
    "a cluster runs in this directory",
    "What was asked for would pull the files away under living masters.",
    "trimast down, then again",
  ),
  TE0301: row(
    EXIT.locked,
    "the data directory is locked",
    "Another living process has the directory open. Two masters on one directory would destroy it. The lock ends with its process.",
    "trimast down, or end that process",
  ),
  TE0302: row(
    EXIT.failed,
    "cluster.json cannot be read",
    "The file that says what runs here is damaged or from another version.",
    "trimast reset",
  ),
  TE0401: row(
    EXIT.quorumLost,
    "no quorum",
    "Fewer than a majority of the masters run and reach each other. Writes and linearizable reads wait; nothing acknowledged is lost. They go on by themselves as soon as a majority is back. If it never comes back: trimast master --force-new-cluster.",
    "trimast start --all",
  ),
  TE0402: row(
    EXIT.notReady,
    "not ready in time",
    "The condition that was waited for did not come true before the timeout.",
    "trimast status",
  ),
  TE0501: row(EXIT.failed, "no endpoint answers", "None of the client addresses takes a connection.", "trimast status"),
  TE0502: row(EXIT.failed, "the store refused the request", "The store's own words are above; they are etcd's.", "trimast kv --help"),
  TE0601: row(
    EXIT.failed,
    "the snapshot cannot be read",
    "The file is not a backup of this program, is incomplete, or its checksum does not match.",
    "trimast snapshot save FILE takes a new one",
  ),
  TE0602: row(
    EXIT.failed,
    "the directory is not empty",
    "A restore writes a new member's directory and touches nothing that exists.",
    "choose another --data-dir",
  ),
  TE0701: row(
    EXIT.usage,
    "the etcd flag is not supported yet",
    "It is one of etcd's flags, and this version does not have what it switches on. It is refused rather than ignored.",
    "leave it out",
  ),
  TE0702: row(EXIT.usage, "unknown etcd flag", "etcd has no such flag.", "trimast etcd --help"),
  TE0703: row(
    EXIT.usage,
    "flag and environment disagree",
    "The same setting comes from a flag and from an ETCD_ variable; etcd refuses that too.",
    "unset the environment variable or remove the flag",
  ),
} as const satisfies Record<string, Row>;
export type ErrorCode = keyof typeof ERRORS;

/** An error that says what happened, why, and what to type next. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: ErrorCode;
  readonly fix: string;
  readonly exit: ExitCode;
  constructor(code: ErrorCode, what: string, options: { readonly fix?: string; readonly exit?: ExitCode; readonly cause?: unknown } = {}) {
    super(what, { cause: options.cause });
    this.code = code;
    this.fix = options.fix ?? ERRORS[code].fix;
    this.exit = options.exit ?? ERRORS[code].exit;
  }
}

const OF_FAILURE = {
  locked: "TE0301",
  wrongDirectory: "TE0105",
  portInUse: "TE0107",
  tooNew: "TE0106",
  corrupt: "TE0108",
  other: "TE0104",
} as const;

/** Anything that was thrown, as one row of the table. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) return new CliError("TE0101", error.message, { cause: error });
  if (error instanceof MasterFailed) return new CliError(OF_FAILURE[error.failure.code], error.message, { cause: error });
  if (error instanceof MastersEnded) return new CliError("TE0104", error.message, { cause: error });
  if (error instanceof NotReadyInTime) return new CliError("TE0402", error.message, { cause: error });
  if (error instanceof ClusterFileBroken) return new CliError("TE0302", error.message, { cause: error });
  if (error instanceof Error && error.name === "EtcdError") return new CliError("TE0502", error.message, { cause: error });
  return new CliError("TE0003", error instanceof Error ? error.message : String(error), { cause: error });
}
