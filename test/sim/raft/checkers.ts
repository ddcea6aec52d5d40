import { hexId, type Index, type MemberId, type Term } from "../../../src/base/index.js";
import type { Entry, Raft } from "../../../src/raft/index.js";

/** What the paper promises, watched from outside. A broken promise is a Violation, whatever the members think of it. */
export class Violation extends Error {
  override readonly name = "Violation";
}

function promise(holds: boolean, message: () => string): void {
  if (!holds) throw new Violation(message());
}

interface Settled {
  readonly term: Term;
  readonly text: string;
}

export class Checkers {
  readonly #leaders = new Map<Term, MemberId>();
  /** By index: what some member knows as committed. Position 0 is unused. */
  readonly #committed: (Term | undefined)[] = [];
  readonly #applied: (Settled | undefined)[] = [];
  readonly #appliedAt = new Map<string, Index>();
  readonly #acknowledged = new Map<string, Index>();
  highestApplied = 0;
  reads = 0;

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Paper 5.2: at most one leader a term; 5.4: and it has everything that was committed before it. */
  leads(id: MemberId, term: Term, raft: Raft): void {
    const other = this.#leaders.get(term);
    promise(other === undefined || other === id, () => `two leaders in term ${term}: ${hexId(other ?? 0n)} and ${hexId(id)}`);
    if (other === id) return;
    this.#leaders.set(term, id);
    for (let at = Math.max(1, raft.firstIndex()); at < this.#committed.length; at++) {
      const wanted = this.#committed[at];
      if (wanted === undefined) continue;
      promise(
        raft.termAt(at as Index) === wanted,
        () => `leader ${hexId(id)} of term ${term} lacks committed entry ${at} of term ${wanted}`,
      );
    }
  }

  commits(id: MemberId, from: Index, to: Index, raft: Raft): void {
    for (let at = from + 1; at <= to; at++) {
      const term = raft.termAt(at as Index);
      if (term === undefined) continue;
      const before = this.#committed[at];
      promise(
        before === undefined || before === term,
        () => `${hexId(id)} commits entry ${at} of term ${term}, another had term ${before}`,
      );
      this.#committed[at] = term;
    }
  }

  applies(id: MemberId, entry: Entry, text: string, isDurable: boolean): void {
    promise(isDurable, () => `${hexId(id)} applies entry ${entry.index} before its own log holds it`);
    const before = this.#applied[entry.index];
    promise(
      before === undefined || (before.term === entry.term && before.text === text),
      () => `${hexId(id)} applies another entry ${entry.index}`,
    );
    if (before !== undefined) return;
    promise(!(entry.kind === "command" && this.#appliedAt.has(text)), () => `${text} is applied twice`);
    this.#applied[entry.index] = { term: entry.term, text };
    this.#appliedAt.set(text, entry.index);
    this.highestApplied = Math.max(this.highestApplied, entry.index);
  }

  acknowledges(text: string, at: Index): void {
    this.#acknowledged.set(text, at);
  }

  /** Whatever anybody had applied when the read began must be seen by it. */
  answersRead(id: MemberId, index: Index, begun: { readonly highestApplied: number }): void {
    this.reads++;
    promise(
      index >= begun.highestApplied,
      () => `stale read at ${hexId(id)}: index ${index}, but ${begun.highestApplied} was applied before it began`,
    );
  }

  /** Paper 5.3: equal index and term means equal up to there. */
  logsMatch(members: readonly { readonly id: MemberId; readonly raft: Raft }[]): void {
    for (const a of members) for (const b of members) if (a.id < b.id) this.#pairMatches(a, b);
  }

  #pairMatches(a: { readonly id: MemberId; readonly raft: Raft }, b: { readonly id: MemberId; readonly raft: Raft }): void {
    const from = Math.max(a.raft.firstIndex(), b.raft.firstIndex());
    let equal = false;
    for (let at = Math.min(a.raft.status().lastIndex, b.raft.status().lastIndex); at >= from; at--) {
      const same = a.raft.termAt(at as Index) === b.raft.termAt(at as Index);
      promise(same || !equal, () => `logs of ${hexId(a.id)} and ${hexId(b.id)} differ at ${at} below an equal entry`);
      equal ||= same;
    }
  }

  /** At the end, everybody connected: nothing that was acknowledged is missing anywhere. */
  nothingLost(members: readonly { readonly id: MemberId; readonly applied: Index }[]): void {
    for (const [text, at] of this.#acknowledged) {
      promise(this.#applied[at]?.text === text, () => `acknowledged ${text} is not at ${at}`);
      for (const member of members) promise(member.applied >= at, () => `${hexId(member.id)} never applied acknowledged ${text} at ${at}`);
    }
  }
}
