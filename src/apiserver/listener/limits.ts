/** Streams that a client may have open at once on a connection; kube-apiserver's own. */
export const STREAMS_MAX = 1_000;
/** Connections at once: each costs some tens of kilobytes for TLS. */
export const CONNECTIONS_MAX = 16_384;
/** TLS within this, and whatever comes after it too. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Connections of HTTP/1.1 are looked at for heads that are late so many times in that; node's own way is every half a minute. */
export const HEAD_LOOKS = 4;
/** A body that nobody has asked for yet: beyond this its client gets no more windows. */
export const BODY_AHEAD_BYTES = 64 * 1024;
/** What all connections together may keep in memory: requests that are not whole, answers that are not taken. */
export const CONNECTIONS_BYTES_MAX = 512 * 1024 * 1024;
/** A silence after which a client is asked whether it lives, and how long it has to answer: machines that vanish close nothing. */
export const SILENCE_MS = 30_000;
export const ANSWER_MS = 15_000;
