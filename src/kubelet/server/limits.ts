/** How long a client may take to open the streams that its request tells of. Source: the kubelet's stream creation timeout. */
export const STREAMS_MS_MAX = 30_000;
/** A connection over which nothing goes for this long is closed. Source: the kubelet's streaming idle timeout. */
export const IDLE_MS_MAX = 4 * 60 * 60 * 1_000;
/** What a client that has its answer may still take to close the connection. Ours. */
export const LINGER_MS = 5_000;
/** Connections at once. Ours: sockets of one process. */
export const CONNECTIONS_MAX = 2_000;
/** Ports of one port-forward over channels. Ours: a channel has one byte, and each port two of them. */
export const PORTS_MAX = 64;
/** Words of one command. Ours. */
export const COMMAND_WORDS_MAX = 4_096;
