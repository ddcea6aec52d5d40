import { type CelType, formatType, typeName } from "./celtypes.js";

/** A value at run time: int is bigint, double is number, bytes are Uint8Array. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | Optional
  | TypeValue
  | Opaque;
export type Result = CelValue | CelError;

/** A failed evaluation, as a value: && and || may absorb it. `message` is the text on the wire. */
export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}
export const isError = (value: Result): value is CelError => value instanceof CelError;
/** Elements that one evaluation may still look at. Lists share parts, and comparing or printing what is shared thirty times over takes
 *  2^30 steps while its cost is that of its first level: without this an expression of a line would run for hours. */
export const work = { left: Number.POSITIVE_INFINITY };
/** `elements`: how many elements looked at the step is worth. */
export function look(elements = 1): void {
  work.left -= elements;
  if (work.left < 0) throw new RangeError("too many elements are looked at");
}

export const NO_SUCH_OVERLOAD = new CelError("no such overload");

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970. The offset it was written with is only for printing it. */
export class Timestamp {
  readonly ns: bigint;
  readonly offsetMinutes: number;
  constructor(ns: bigint, offsetMinutes = 0) {
    this.ns = ns;
    this.offsetMinutes = offsetMinutes;
  }
}

/** Nanoseconds; within 64 bits. */
export class Duration {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a library's own type. */
export abstract class Opaque {
  abstract readonly type: CelType;
  abstract equals(other: CelValue): boolean;
  /** The size that costs are computed with. */
  get size(): number {
    return 1;
  }
}

export abstract class CelList {
  abstract readonly size: number;
  /** `index` is within the list. */
  abstract at(index: number): Result;
  equals(other: CelValue): Result {
    if (!(other instanceof CelList)) return false;
    if (other.size !== this.size) return false;
    for (let i = 0; i < this.size; i++) {
      look();
      if (equalResults(this.at(i), other.at(i)) === false) return false;
    }
    return true;
  }
  add(other: CelList): CelList {
    if (this.size === 0) return other;
    return other.size === 0 ? this : new ArrayList([...elements(this), ...elements(other)]);
  }
  contains(value: CelValue): Result {
    for (let i = 0; i < this.size; i++) {
      look();
      if (equalResults(value, this.at(i)) === true) return true;
    }
    return false;
  }
}

export abstract class CelMap {
  abstract readonly size: number;
  abstract find(key: CelValue): Result | undefined;
  abstract keys(): readonly CelValue[];
  equals(other: CelValue): Result {
    if (!(other instanceof CelMap)) return false;
    if (other.size !== this.size) return false;
    for (const key of this.keys()) {
      look();
      const theirs = other.find(key);
      if (theirs === undefined || equalResults(this.find(key) ?? null, theirs) === false) return false;
    }
    return true;
  }
}

export class ArrayList extends CelList {
  readonly items: readonly Result[];
  constructor(items: readonly Result[]) {
    super();
    this.items = items;
  }
  override get size(): number {
    return this.items.length;
  }
  override at(index: number): Result {
    return this.items[index] as Result;
  }
}

/** A list that only its builder sees: a comprehension appends to it instead of copying it in every step. */
export class GrowingList extends CelList {
  readonly items: Result[] = [];
  override get size(): number {
    return this.items.length;
  }
  override at(index: number): Result {
    return this.items[index] as Result;
  }
  override add(other: CelList): CelList {
    for (const item of elements(other)) this.items.push(item);
    return this;
  }
}

export class EntryMap extends CelMap {
  readonly #entries = new Map<string, readonly [CelValue, Result]>();
  constructor(entries: Iterable<readonly [CelValue, Result]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }
  /** Only while the map is being built. */
  set(key: CelValue, value: Result): void {
    this.#entries.set(canonicalKey(key), [key, value]);
  }
  /** Only while the map is being built. */
  delete(key: CelValue): void {
    this.#entries.delete(canonicalKey(key));
  }
  override get size(): number {
    return this.#entries.size;
  }
  override find(key: CelValue): Result | undefined {
    return this.#entries.get(canonicalKey(key))?.[1];
  }
  override keys(): readonly CelValue[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }
}

/** What Name{field: value} makes: a map of its fields that remembers the name. */
export class ConstructedObject extends EntryMap {
  readonly typeName: string;
  constructor(typeName: string) {
    super();
    this.typeName = typeName;
  }
  override equals(other: CelValue): Result {
    return other instanceof ConstructedObject && other.typeName === this.typeName ? super.equals(other) : false;
  }
}

/** A map whose values are computed when they are first read: the variables of policies. */
export function lazyMap(entries: Readonly<Record<string, () => Result>>): CelMap {
  return new LazyMap(entries);
}
class LazyMap extends CelMap {
  readonly #entries: Readonly<Record<string, () => Result>>;
  readonly #known = new Map<string, Result>();
  constructor(entries: Readonly<Record<string, () => Result>>) {
    super();
    this.#entries = entries;
  }
  override get size(): number {
    return Object.keys(this.#entries).length;
  }
  override keys(): readonly CelValue[] {
    return Object.keys(this.#entries);
  }
  override find(key: CelValue): Result | undefined {
    if (typeof key !== "string" || !Object.hasOwn(this.#entries, key)) return undefined;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const computed = this.#entries[key]?.() ?? null;
    this.#known.set(key, computed);
    return computed;
  }
}

/** A map that only its builder sees. */
export class GrowingMap extends EntryMap {
  *entries(): Iterable<readonly [CelValue, Result]> {
    for (const key of this.keys()) yield [key, this.find(key) ?? null];
  }
}

/** Numbers that are equal are the same key, whatever their type. */
function canonicalKey(key: CelValue): string {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "boolean") return `b${key}`;
  if (typeof key === "bigint") return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === "number") return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  return `?${typeNameOf(key)}${formatValue(key)}`;
}

export function* elements(list: CelList): Iterable<Result> {
  for (let i = 0; i < list.size; i++) {
    look();
    yield list.at(i);
  }
}

/** Equality across types; errors inside of what is compared come out. */
export function equalResults(a: Result, b: Result): Result {
  if (isError(a)) return a;
  if (isError(b)) return b;
  return equalValues(a, b);
}

export function equalValues(a: CelValue, b: CelValue): Result {
  if (a === null || b === null) return a === b;
  switch (typeof a) {
    case "string":
    case "boolean":
      return a === b;
    case "bigint":
    case "number":
      return isNumeric(b) && compareNumbers(a, b) === 0;
    default:
      return equalObjects(a, b);
  }
}
function equalObjects(a: Exclude<CelValue, null | string | boolean | bigint | number>, b: CelValue): Result {
  if (a instanceof Uint) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (a instanceof CelList || a instanceof CelMap) return a.equals(b);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ns === b.ns;
  if (a instanceof Duration) return b instanceof Duration && a.ns === b.ns;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return equalOptionals(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i]);
  // Library types refuse to be compared with others, where the language's own types are only unequal.
  return typeNameOf(b) === typeNameOf(a) ? a.equals(b) : NO_SUCH_OVERLOAD;
}
function equalOptionals(a: Optional, b: CelValue): Result {
  if (!(b instanceof Optional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equalValues(a.value, b.value);
}

export type Numeric = bigint | number | Uint;
export const isNumeric = (value: Result): value is Numeric =>
  typeof value === "bigint" || typeof value === "number" || value instanceof Uint;

/** NaN compares as NaN. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const left = a instanceof Uint ? a.value : a;
  const right = b instanceof Uint ? b.value : b;
  if (typeof left === "number" && typeof right === "number")
    return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : order(left, right);
  // An int beside a double is compared as a double, as cel-go does it.
  if (typeof left === "number") return Number.isNaN(left) ? Number.NaN : order(left, Number(right));
  if (typeof right === "number") return Number.isNaN(right) ? Number.NaN : order(Number(left), right);
  return order(left, right);
}
const order = <T extends number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** The name of the value's type, as type() and conversions print it. */
export function typeNameOf(value: CelValue): string {
  if (value === null) return "null_type";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    default:
      return objectTypeName(value);
  }
}
function objectTypeName(value: Exclude<CelValue, null | string | boolean | bigint | number>): string {
  if (value instanceof Uint) return "uint";
  if (value instanceof CelList) return "list";
  if (value instanceof CelMap) return value instanceof ConstructedObject ? value.typeName : "map";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof TypeValue) return "type";
  if (value instanceof Optional) return "optional_type";
  if (value instanceof Uint8Array) return "bytes";
  return typeName(value.type);
}

/** As Go's %v prints a value inside an error text. */
export function formatValue(value: Result): string {
  if (isError(value)) return value.message;
  if (value === null) return "0";
  if (value instanceof Uint) return String(value.value);
  if (value instanceof CelList) return `[${Array.from(elements(value), formatValue).join(", ")}]`;
  if (value instanceof CelMap)
    return `{${value
      .keys()
      .map((key) => `${formatValue(key)}: ${formatValue(value.find(key) ?? null)}`)
      .join(", ")}}`;
  if (value instanceof Uint8Array) return `[${value.join(" ")}]`;
  if (value instanceof Timestamp) return new Date(Number(value.ns / 1_000_000n)).toISOString();
  if (value instanceof Duration) return `${Number(value.ns) / 1e9}s`;
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Optional) return value.value === undefined ? "optional.none()" : `optional(${formatValue(value.value)})`;
  if (value instanceof Opaque) return formatType(value.type);
  return String(value);
}

/** Code points, bytes or elements; 1 for anything else: what costs are computed from. */
export function actualSize(value: Result): number {
  if (typeof value === "string") return codePoints(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof CelList || value instanceof CelMap || value instanceof Opaque) return value.size;
  if (value instanceof Optional && value.value !== undefined) return actualSize(value.value);
  return 1;
}

export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) {
        count--;
        i++;
      }
    }
  }
  return count;
}
