/** Connections of the peer port at once: two a member and direction are plenty, the rest is room for who asks and for strangers. */
export const PEER_CONNECTIONS_MAX = 256;
/** What a connection may say, and how long it may stay, before its hello was answered. A hello and a member list are below 4 KiB. */
export const HELLO_BYTES_MAX = 64 * 1024;
export const HELLO_TIMEOUT_MS = 10_000;
/** Silence after which the kernel asks whether the peer's machine still lives. */
export const TCP_KEEP_ALIVE_MS = 15_000;
