/** Tokens that mean something only while somebody remembers them. Every member hears of each through the log and keeps its own clock:
 *  what one forgot another may still know. */
export class SimpleTokens {
  readonly #ttlMs: number;
  readonly #tokens = new Map<string, { readonly user: string; untilMs: number }>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  get count(): number {
    return this.#tokens.size;
  }
  assign(token: string, user: string, nowMs: number): void {
    this.#tokens.set(token, { user, untilMs: nowMs + this.#ttlMs });
  }
  /** Whose it is; using a token makes it live on. */
  userOf(token: string, nowMs: number): string | undefined {
    const known = this.#tokens.get(token);
    if (known === undefined || known.untilMs < nowMs) return undefined;
    known.untilMs = nowMs + this.#ttlMs;
    return known.user;
  }
  forgetUser(user: string): void {
    for (const [token, known] of this.#tokens) if (known.user === user) this.#tokens.delete(token);
  }
  forgetAll(): void {
    this.#tokens.clear();
  }
  sweep(nowMs: number): void {
    for (const [token, known] of this.#tokens) if (known.untilMs < nowMs) this.#tokens.delete(token);
  }
}

export const simpleToken = (prefix: string, index: number): string => `${prefix}.${index}`;

/** The log index that a simple token was made at; undefined when it has not a simple token's form. */
export function indexOfToken(token: string): number | undefined {
  const match = /^[^.]*\.(\d{1,16})$/.exec(token);
  return match === null ? undefined : Number(match[1]);
}
