import { IDLE_PING_MS_MIN, PING_STRIKES_MAX } from "./limits.js";

/** How often a client may ask whether we live: grpc-go's rule, which etcd's --grpc-keepalive-min-time sets. Clients send PINGs for other
 *  reasons too (measuring, beside data they get): one that follows something we sent counts for nothing. */
export class PingPolicy {
  readonly #minTimeMs: number;
  readonly #nowMs: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #strikes = 0;
  #spoke = true;

  constructor(options: { readonly minTimeMs: number; readonly nowMs: () => number }) {
    this.#minTimeMs = options.minTimeMs;
    this.#nowMs = options.nowMs;
  }

  /** We sent headers or data. */
  spoke(): void {
    this.#spoke = true;
  }

  /** True when these are too many. */
  ping(streams: number): boolean {
    const now = this.#nowMs();
    const sinceMs = now - this.#lastMs;
    this.#lastMs = now;
    if (this.#spoke) {
      this.#spoke = false;
      this.#strikes = 0;
      return false;
    }
    if (sinceMs < (streams === 0 ? IDLE_PING_MS_MIN : this.#minTimeMs)) this.#strikes++;
    return this.#strikes > PING_STRIKES_MAX;
  }
}
