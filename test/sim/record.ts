import { check, crc32c, type Index, type MemberId } from "../../src/base/index.js";
import type { Effects, Entry, Raft, RaftConfig, RaftStart } from "../../src/raft/types.js";

/** What a world must never see; the message names the rule. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Everything that any member's consensus did, watched from outside: the checkers of Raft's own promises. */
export class RaftRecord {
  /** Committed entries as first seen, by index. */
  readonly committed = new Map<number, Entry>();
  readonly #leaders = new Map<number, MemberId>();
  #highest = 0;

  get highest(): number {
    return this.#highest;
  }

  /** `createRaft` whose instances report here. */
  wrap(createRaft: (config: RaftConfig, start: RaftStart) => Raft): (config: RaftConfig, start: RaftStart) => Raft {
    return (config, start) => {
      const raft = createRaft(config, start);
      const watch = (effects: Effects): Effects => {
        this.#seen(config.id, raft, effects);
        return effects;
      };
      return new Proxy(raft, {
        get: (target, name) => {
          if (name === "step") return (event: Parameters<Raft["step"]>[0]) => watch(target.step(event));
          if (name === "stepAll") return (events: Parameters<Raft["stepAll"]>[0]) => watch(target.stepAll(events));
          const value = Reflect.get(target, name, target) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    };
  }

  #seen(id: MemberId, raft: Raft, effects: Effects): void {
    for (const entry of effects.apply) this.#committedEntry(entry);
    const status = raft.status();
    if (status.role !== "leader") return;
    const before = this.#leaders.get(status.term);
    if (before !== undefined && before !== id) throw new Violation(`two leaders in term ${status.term}: ${before} and ${id}`);
    if (before === id) return;
    this.#leaders.set(status.term, id);
    this.#leaderIsComplete(raft, status.term);
  }

  #committedEntry(entry: Entry): void {
    const known = this.committed.get(entry.index);
    if (known === undefined) {
      this.committed.set(entry.index, entry);
      this.#highest = Math.max(this.#highest, entry.index);
    } else if (known.term !== entry.term || crc32c(known.data) !== crc32c(entry.data)) {
      throw new Violation(`two different entries committed at index ${entry.index}: terms ${known.term} and ${entry.term}`);
    }
  }

  /** A new leader holds every entry that anybody saw committed in an earlier term. */
  #leaderIsComplete(raft: Raft, term: number): void {
    for (let i = raft.firstIndex() as number; i <= this.#highest; i++) {
      const known = this.committed.get(i);
      if (known === undefined || known.term >= term) continue;
      const held = raft.termAt(i as Index);
      if (held !== known.term)
        throw new Violation(`the leader of term ${term} lacks committed entry ${i} of term ${known.term} (holds ${held})`);
    }
  }

  /** Committed entries from `from` on, without a gap. */
  log(from: number): readonly Entry[] {
    const entries: Entry[] = [];
    for (let i = from; i <= this.#highest; i++) {
      const entry = this.committed.get(i);
      check(entry !== undefined, `nobody was seen applying index ${i}`);
      entries.push(entry);
    }
    return entries;
  }
}
