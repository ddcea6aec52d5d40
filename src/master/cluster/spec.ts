import type { AutoCompaction } from "../../etcd/member/index.js";
import type { TlsSettings } from "../../host/index.js";

/** One master, ready to run: what the configuration file, flags and environment came to. Plain JSON: it is handed to the process. */
export interface MasterSpec {
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  readonly peerUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
  /** Where its apiserver listens; none without that role. */
  readonly apiUrl?: string;
  /** Certificates for addresses that are https or unixs. */
  readonly tls?: TlsSettings;
  readonly serving?: ServingSettings;
}

/** Our own HTTP/2, or @grpc/grpc-js. */
export const GRPC_ADAPTERS = ["wire", "grpc-js"] as const;
export type GrpcAdapter = (typeof GRPC_ADAPTERS)[number];

/** How clients' connections are kept. Absent: etcd's defaults. */
export interface ServingSettings {
  /** What answers gRPC on the client port. Absent: `wire`. */
  readonly grpcServer?: GrpcAdapter;
  /** Calls at once on a connection. */
  readonly streamsMax?: number;
  /** PINGs of a client that come faster are too many; 0: never. */
  readonly keepAliveMinTimeMs?: number;
  /** A silence after which we ask whether the client lives, and how long we wait for its answer; 0: we do not ask. */
  readonly keepAliveIntervalMs?: number;
  readonly keepAliveTimeoutMs?: number;
}

export interface StoreSettings {
  readonly token: string;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly keepEntries: number;
  readonly quotaBytes: number;
  readonly requestBytesMax: number;
  readonly txnOpsMax: number;
  readonly learnersMax: number;
  readonly strictReconfigCheck: boolean;
  readonly leaseReads: boolean;
  readonly progressNotifyMs: number;
  readonly autoCompaction: AutoCompaction;
  /** As etcd's --auth-token: `simple`, or `jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=5m`. */
  readonly authToken: string;
  /** Of simple tokens, from their last use on. */
  readonly authTokenTtlMs: number;
  readonly bcryptCost: number;
}

/** What may act beside a master's apiserver: on all masters, one of each in charge. */
export const LOOPS = ["scheduler", "controllers"] as const;
export type Loop = (typeof LOOPS)[number];

export interface ClusterSpec {
  readonly name: string;
  /** None where it is absent. */
  readonly loops?: readonly Loop[];
  /** File of a KubeSchedulerConfiguration, absolute. */
  readonly schedulerConfig?: string;
  /** Hollow nodes that start with the masters; none where it is absent. */
  readonly nodes?: number;
  /** The address that all apiservers share. */
  readonly front?: string;
  readonly masters: readonly MasterSpec[];
  readonly store: StoreSettings;
}

/** The member's own defaults (etcd/member limits), written out: whoever only starts processes must not load a store for twelve numbers.
 *  test/master/spec.test.ts holds the two equal. */
export const DEFAULT_STORE: StoreSettings = {
  token: "trimast",
  heartbeatMs: 200,
  electionMs: 1_000,
  keepEntries: 5_000,
  quotaBytes: 2 * 1024 ** 3,
  requestBytesMax: 1.5 * 1024 * 1024,
  txnOpsMax: 128,
  learnersMax: 1,
  strictReconfigCheck: true,
  leaseReads: false,
  progressNotifyMs: 600_000,
  autoCompaction: { kind: "off" },
  authToken: "simple",
  authTokenTtlMs: 300_000,
  bcryptCost: 10,
};

/** What a master's process is started with, as JSON in a file. */
export interface MasterArguments {
  readonly cluster: ClusterSpec;
  readonly name: string;
  readonly dataDir: string;
  readonly initialState: "new" | "existing";
  readonly forceNewCluster?: boolean;
  /** The cluster's own directory: certificates of the API are there. */
  readonly clusterDir?: string;
  /** The open front socket, inherited. */
  readonly frontFd?: number;
  /** Where the control channel listens; none without. */
  readonly controlSocket?: string;
  /** Ends when whoever started it is gone. */
  readonly attached?: boolean;
  readonly logFormat?: "json" | "text";
  readonly logLevel?: "debug" | "info" | "warn" | "error";
}
