/** Above --max-request-bytes, for the envelope: etcd's grpcOverheadBytes. */
export const GRPC_OVERHEAD_BYTES = 512 * 1024;
/** Renewals asked for on one stream and not answered yet. */
export const KEEP_ALIVES_PENDING_MAX = 10_000;
/** First bytes of a connection must say within this what it speaks. */
export const SNIFF_TIMEOUT_MS = 10_000;
/** Client connections at once. */
export const CONNECTIONS_MAX = 16_384;
/** A locked name's own lease when the client gave none. etcd: 60 s. */
export const SESSION_TTL_SECONDS = 60;
/** Connections that have not said yet what they speak: beyond these the oldest goes, so that silent ones keep nobody out. */
export const SNIFFING_MAX = 1_024;
/** Silence after which the kernel asks whether the peer's machine still lives. */
export const TCP_KEEP_ALIVE_MS = 60_000;
/** Questions about types and services that wait on one stream. */
export const REFLECTIONS_PENDING_MAX = 1_000;
/** How late a call's deadline may be noticed, and how many timers run: one. */
export const DEADLINE_STEP_MS = 16;
/** etcd's --grpc-keepalive-min-time, -interval and -timeout. */
export const KEEPALIVE_MIN_TIME_MS = 5_000;
export const KEEPALIVE_INTERVAL_MS = 2 * 3_600_000;
export const KEEPALIVE_TIMEOUT_MS = 20_000;
