/** Tells, to those who ask, that a client went away. Most requests are answered before anybody does. */
export class Gone {
  #controller: AbortController | undefined;
  #over = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#over) this.#controller.abort();
    return this.#controller.signal;
  }
  end(): void {
    this.#over = true;
    this.#controller?.abort();
  }
}
