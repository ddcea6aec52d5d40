/** What a connection keeps for its client: unfinished requests, answers that are not taken. */
export interface Holder {
  readonly heldBytes: number;
  /** Cut, with a reason that the client can read. */
  letGo(): void;
}

/** One limit for what all connections keep together: each may be within its own, and ten thousand of them still fill the memory. Beyond it
 *  the one that keeps most is cut, so that nobody pays for another's greed. */
export class SharedMemory {
  readonly #max: number;
  readonly #held = new Map<Holder, number>();
  #total = 0;

  constructor(bytesMax: number) {
    this.#max = bytesMax;
  }

  get total(): number {
    return this.#total;
  }

  /** Called when a connection has taken something in or written. */
  note(holder: Holder): void {
    const now = holder.heldBytes;
    const before = this.#held.get(holder) ?? 0;
    if (now === before) return;
    if (now === 0) this.#held.delete(holder);
    else this.#held.set(holder, now);
    this.#total += now - before;
    if (this.#total > this.#max) this.#cutLargest();
  }

  forget(holder: Holder): void {
    this.#total -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }

  #cutLargest(): void {
    // Sockets that drained meanwhile have said nothing.
    for (const [holder, before] of this.#held) {
      const now = holder.heldBytes;
      this.#held.set(holder, now);
      this.#total += now - before;
    }
    if (this.#total <= this.#max) return;
    let largest: Holder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#held)
      if (bytes > most) {
        largest = holder;
        most = bytes;
      }
    if (largest === undefined) return;
    this.forget(largest);
    largest.letGo();
  }
}
