/** Preface and settings within this. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** After our last frame, for the peer to read it and close. */
export const LINGER_MS = 2_000;
/** What all connections of a server together may keep in memory: requests that are not whole, answers that are not taken. */
export const CONNECTIONS_BYTES_MAX = 512 * 1024 * 1024;
/** Connections are looked at for silence so many times in the shorter of interval and timeout. */
export const KEEPALIVE_LOOKS = 4;
