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
