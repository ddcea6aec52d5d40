import { type EventOptions, variantOf } from "./events.js";
import { type Span, SpanTree } from "./span-tree.js";

/** What is watched: one key, or a span of keys. Watchers of equal spans share one; in it they are apart by event options. */
export class Interest<W extends Interested> implements Span {
  readonly from: string;
  readonly to: string | undefined;
  readonly isPoint: boolean;
  readonly variants: { readonly options: EventOptions; readonly watchers: Set<W> }[] = [];
  constructor(target: WatchTarget) {
    this.from = target.from;
    this.to = target.to;
    this.isPoint = target.isPoint;
  }
}

export interface WatchTarget extends Span {
  readonly isPoint: boolean;
}
export interface Interested {
  readonly target: WatchTarget;
  readonly options: EventOptions;
}

export const targetName = (t: WatchTarget): string =>
  t.isPoint ? t.from : `${t.from.length}:${t.from}${t.to === undefined ? "<" : `>${t.to}`}`;

export const covers = (t: WatchTarget, key: string): boolean =>
  t.isPoint ? key === t.from : t.from <= key && (t.to === undefined || key < t.to);

/** Synced watchers by what they watch. */
export class Interests<W extends Interested> {
  readonly #points = new Map<string, Interest<W>>();
  readonly #spans = new Map<string, Interest<W>>();
  readonly #tree = new SpanTree<Interest<W>>();

  add(watcher: W): void {
    const interest = this.#get(watcher.target) ?? this.#make(watcher.target);
    const variant = variantOf(watcher.options);
    let group = interest.variants[variant];
    if (group === undefined) {
      group = { options: watcher.options, watchers: new Set() };
      interest.variants[variant] = group;
    }
    group.watchers.add(watcher);
  }

  delete(watcher: W): void {
    const interest = this.#get(watcher.target);
    if (interest === undefined) return;
    const variant = variantOf(watcher.options);
    const group = interest.variants[variant];
    if (group === undefined || !group.watchers.delete(watcher) || group.watchers.size > 0) return;
    delete interest.variants[variant];
    if (interest.variants.every((other) => other === undefined)) this.#drop(interest);
  }

  /** Everything that is interested in `key`, appended to `into`. */
  over(key: string, into: Interest<W>[]): void {
    const point = this.#points.get(key);
    if (point !== undefined) into.push(point);
    this.#tree.over(key, (interest) => into.push(interest));
  }

  #get(target: WatchTarget): Interest<W> | undefined {
    return (target.isPoint ? this.#points : this.#spans).get(targetName(target));
  }
  #make(target: WatchTarget): Interest<W> {
    const interest = new Interest<W>(target);
    if (target.isPoint) this.#points.set(target.from, interest);
    else {
      this.#spans.set(targetName(target), interest);
      this.#tree.insert(interest);
    }
    return interest;
  }
  #drop(interest: Interest<W>): void {
    if (interest.isPoint) this.#points.delete(interest.from);
    else {
      this.#spans.delete(targetName(interest));
      this.#tree.remove(interest);
    }
  }
}
