import type { StoreMember } from "./member.js";

/** etcd: with a short retention it looks ten times a retention, with a long one every six minutes; revisions every five minutes. */
const SAMPLES = 10;
const SAMPLE_MS_MAX = 360_000;
const REVISION_MODE_MS = 300_000;

/** Forgets history by itself, on the leader: behind a time, or behind a number of revisions. */
export class AutoCompaction {
  readonly #member: StoreMember;
  #samples: { readonly atMs: number; readonly revision: number }[] = [];
  #last = 0;

  constructor(member: StoreMember) {
    this.#member = member;
  }

  /** How often `run` wants to be called; Infinity when compaction is off. */
  get periodMs(): number {
    const mode = this.#member.parts.config.autoCompaction;
    if (mode.kind === "off") return Number.POSITIVE_INFINITY;
    return mode.kind === "revision" ? REVISION_MODE_MS : Math.min(mode.retentionMs / SAMPLES, SAMPLE_MS_MAX);
  }

  run(): void {
    const target = this.#target();
    if (target <= this.#last || !this.#member.isLeader) return;
    this.#last = target;
    this.#member.propose({ kind: "compact", revision: target, physical: false }, {}).catch(() => {});
  }

  #target(): number {
    const mode = this.#member.parts.config.autoCompaction;
    const revision = this.#member.mvcc.revision();
    if (mode.kind === "off") return 0;
    if (mode.kind === "revision") return revision - mode.retention;
    const now = this.#member.nowMs();
    this.#samples.push({ atMs: now, revision });
    const old = this.#samples.filter((s) => s.atMs <= now - mode.retentionMs).at(-1);
    if (old) this.#samples = this.#samples.filter((s) => s.atMs >= old.atMs);
    return old?.revision ?? 0;
  }
}
