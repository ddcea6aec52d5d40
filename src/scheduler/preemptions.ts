/**
 * Pods for which others are being deleted: until the API shows all of these gone, or going, there is no use in trying the pod again; it
 * would find no room and might have still others deleted.
 */
export class Preemptions {
  /** Victims by the uid of whom they go for, and the other way round. */
  readonly #victims = new Map<string, Set<string>>();
  readonly #by = new Map<string, Set<string>>();

  isUnderWay(uid: string): boolean {
    return this.#victims.has(uid);
  }
  start(uid: string, victims: Iterable<string>): void {
    this.end(uid);
    const left = new Set(victims);
    if (left.size === 0) return;
    this.#victims.set(uid, left);
    for (const victim of left) this.#by.set(victim, (this.#by.get(victim) ?? new Set()).add(uid));
  }
  /** This pod is gone, or on its way. */
  left(victim: string): void {
    for (const uid of this.#by.get(victim) ?? []) {
      const victims = this.#victims.get(uid);
      victims?.delete(victim);
      if (victims?.size === 0) this.#victims.delete(uid);
    }
    this.#by.delete(victim);
  }
  /** It failed, or nobody waits for it any more. */
  end(uid: string): void {
    for (const victim of this.#victims.get(uid) ?? []) {
      const waiting = this.#by.get(victim);
      if (waiting?.delete(uid) && waiting.size === 0) this.#by.delete(victim);
    }
    this.#victims.delete(uid);
  }
  clear(): void {
    this.#victims.clear();
    this.#by.clear();
  }
}
