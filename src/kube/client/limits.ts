/** Answers that say "later" (429, or any with Retry-After) before the caller is told. client-go: 10. */
export const RETRIES_MAX = 10;
/** Longest single wait that a Retry-After may ask for, in seconds. */
export const RETRY_AFTER_SECONDS_MAX = 60;
/** Objects a page of a list. client-go's pager: 500. */
export const LIST_PAGE_OBJECTS = 500;
/** One watch lasts this long, and up to twice that: all watches of a client must not end together. client-go: 5 to 10 min. */
export const WATCH_SECONDS_MIN = 300;
/** Bytes of a loopback stream that nobody has read yet before the writer is told to wait. */
export const LOOPBACK_QUEUE_BYTES = 1024 * 1024;
/** Longest line of a watch stream: an object is at most 1.5 MiB stored, its JSON a few times that. */
export const WATCH_LINE_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of an answer that is held whole. */
export const ANSWER_BYTES_MAX = 512 * 1024 * 1024;
/** Requests to one server at a time, watches left out; over HTTP/1.1 each has a socket of its own. */
export const SOCKETS_MAX = 64;
/** HTTP/2 connections to one server: a new one when all streams of the others are taken. */
export const CONNECTIONS_MAX = 16;
/** Times that a request is refused undone before its caller is told. */
export const REFUSALS_MAX = 5;
/** TCP and TLS within this. */
export const CONNECT_MS_MAX = 10_000;
/** A server that says nothing for so long is asked whether it lives, and has so long to answer: one that is stopped closes nothing.
 *  client-go: 30 and 15 s. Ours: a node's lease would run out in that time. */
export const SERVER_SILENCE_MS = 5_000;
export const SERVER_ANSWER_MS = 5_000;
/** Of an answer that nobody reads, before no more is taken in. */
export const ANSWER_QUEUE_BYTES = 1024 * 1024;
/** A request that gets no answer, in milliseconds. client-go's lists and writes end by the server's own 60 s. */
export const ANSWER_MS_MAX = 65_000;

/** Reflector: first pause after a failure, and the longest, in milliseconds; doubled each time, up to once more at random. */
export const RELIST_MS_MIN = 200;
export const RELIST_MS_MAX = 30_000;
/** A watch that lived this long was healthy: its end resets the pauses. */
export const HEALTHY_WATCH_MS = 5_000;

/** Work queue's pauses of a key that fails, in milliseconds. client-go: 5 ms doubled up to 1000 s. */
export const REQUEUE_MS_MIN = 5;
export const REQUEUE_MS_MAX = 1_000_000;
/** All keys of a queue together: 10 failures a second, 100 at once. client-go's bucket. */
export const REQUEUES_PER_SECOND = 10;
export const REQUEUES_BURST = 100;

/** Lease election, in milliseconds: kube-controller-manager's and kube-scheduler's defaults. */
export const LEASE_MS = 15_000;
export const RENEW_DEADLINE_MS = 10_000;
export const RETRY_PERIOD_MS = 2_000;
/** Tries are spread by up to this share of the period. */
export const RETRY_JITTER = 1.2;

/** Events of one source about one object: a burst of 25, then one in 5 minutes (client-go's spam filter). */
export const EVENT_BURST = 25;
export const EVENTS_PER_SECOND = 1 / 300;
/** From the 10th event alike but for its message within 10 minutes on, one event stands for all. */
export const EVENTS_ALIKE_MAX = 10;
export const EVENTS_ALIKE_MS = 600_000;
/** Objects and messages remembered for counting: client-go's LRU. */
export const EVENT_CACHE_ENTRIES = 4_096;
/** Events that wait to be written; what comes beyond is dropped, an event is never worth blocking for. client-go: 1000. */
export const EVENT_QUEUE_MAX = 1_000;
/** A series of events.k8s.io without news for this long is over; one that goes on is written as often. client-go: 6 and 30 min. */
export const SERIES_OVER_MS = 360_000;
export const SERIES_WRITE_MS = 1_800_000;
/** events.k8s.io's note. */
export const EVENT_NOTE_BYTES_MAX = 1_024;
/** Events that one recorder writes at once. Ours: one after another a fast scheduler would outrun them. */
export const EVENT_WRITES_MAX = 32;
