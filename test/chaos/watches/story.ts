/** What a watcher must be told of an object's whole life. Every object lives the same way: created at step 0, changed once a step until
 *  its last one, deleted. The step stands in an annotation; a label takes it in and out of one selection as it goes. */
export interface Told {
  readonly phase: string;
  readonly name: string;
  readonly step: number;
  readonly revision: number;
}
export const SCOPES = ["all", "shift"] as const;
/** "shift": those only whose label says so at the moment. */
export type Scope = (typeof SCOPES)[number];

export const STEPS_MAX = 8;
export const nameOf = (id: string, last: number): string => `life-${id}-s${last}`;
/** undefined: not one of these objects. */
export function lastStep(name: string): number | undefined {
  const found = /^life-.*-s(\d+)$/.exec(name);
  return found ? Number(found[1]) : undefined;
}
/** Two steps in, two steps out. */
export const shiftOf = (step: number): "on" | "off" => (Math.floor(step / 2) % 2 === 0 ? "on" : "off");

/** "ADDED 0", "MODIFIED 1", ...: what leaves a selection is told as deleted, as it was before; what comes back as added. */
export function storyOf(scope: Scope, last: number): readonly string[] {
  const isSeen = (step: number): boolean => scope === "all" || shiftOf(step) === "on";
  const story: string[] = [];
  for (let step = 0; step <= last; step++) {
    const before = step > 0 && isSeen(step - 1);
    if (isSeen(step)) story.push(`${before ? "MODIFIED" : "ADDED"} ${step}`);
    else if (before) story.push(`DELETED ${step - 1}`);
  }
  if (isSeen(last)) story.push(`DELETED ${last}`);
  return story;
}
const STORIES: Readonly<Record<Scope, readonly (readonly string[])[]>> = {
  all: Array.from({ length: STEPS_MAX + 1 }, (_, last) => storyOf("all", last)),
  shift: Array.from({ length: STEPS_MAX + 1 }, (_, last) => storyOf("shift", last)),
};

/** More of the same helps nobody. */
const WRONG_MAX = 10;

/** Holds what one watcher is told against what it must be told; keeps a number for each object, so that it may listen for hours. */
export class Listener {
  readonly wrong: string[] = [];
  told = 0;
  /** Everything up to this one was told. */
  revision: number;
  readonly who: string;
  readonly #scope: Scope;
  readonly #next = new Map<string, number>();

  constructor(options: { readonly who: string; readonly scope: Scope; readonly from: number }) {
    this.who = options.who;
    this.#scope = options.scope;
    this.revision = options.from;
  }

  hear({ phase, name, step, revision }: Told): void {
    const last = lastStep(name);
    if (last === undefined) return;
    this.told++;
    if (revision <= this.revision) this.complain(`${phase} ${name} at ${revision} came after ${this.revision}`);
    this.revision = Math.max(this.revision, revision);
    const story = STORIES[this.#scope][last] ?? [];
    const at = this.#next.get(name) ?? 0;
    const said = `${phase} ${step}`;
    if (said !== story[at]) this.complain(`${name}: "${said}" at ${revision} where "${story[at] ?? "nothing"}" was next`);
    const found = story.indexOf(said);
    this.#next.set(name, found < 0 ? at : found + 1);
  }
  /** A bookmark promises that nothing before it is still to come. */
  bookmark(revision: number): void {
    if (revision < this.revision) this.complain(`a bookmark at ${revision} came after ${this.revision}`);
    this.revision = Math.max(this.revision, revision);
  }
  complain(text: string): void {
    if (this.wrong.length < WRONG_MAX) this.wrong.push(`${this.who}: ${text}`);
  }
  /** Which of these are not yet told to their end. */
  open(names: readonly string[]): readonly string[] {
    return names.filter((name) => (this.#next.get(name) ?? 0) < (STORIES[this.#scope][lastStep(name) ?? 0] ?? []).length);
  }
}
