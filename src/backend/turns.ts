/** Runs asynchronous work one at a time in call order. After a failure nothing more is run: the disk's state is unknown. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      if (this.#failure) throw this.#failure.error;
      try {
        return await work();
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when everything that was asked for so far has ended, well or not. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
