import { tooManyRequests } from "../../kube/meta/index.js";
import type { RequestInfo } from "./types.js";

/** Kubernetes --max-requests-inflight and --max-mutating-requests-inflight. */
export const READS_IN_FLIGHT_MAX = 400;
export const WRITES_IN_FLIGHT_MAX = 200;
const RETRY_SECONDS = 1;
const READS: ReadonlySet<string> = new Set(["get", "list", "head"]);
const LONG = new Set(["attach", "exec", "log", "portforward", "proxy"]);

/** Requests that are being answered. Watches and streams are not counted: they last. */
export class InFlight {
  reads = 0;
  writes = 0;

  /** Throws 429 when too many are under way; the function that comes back ends this one. */
  enter(info: RequestInfo): () => void {
    if (info.verb === "watch" || LONG.has(info.subresource)) return () => {};
    const isRead = READS.has(info.verb);
    if (isRead ? this.reads >= READS_IN_FLIGHT_MAX : this.writes >= WRITES_IN_FLIGHT_MAX) {
      throw tooManyRequests("Too many requests, please try again later.", RETRY_SECONDS);
    }
    if (isRead) this.reads++;
    else this.writes++;
    return () => {
      if (isRead) this.reads--;
      else this.writes--;
    };
  }
}
