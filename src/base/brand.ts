import { check } from "./assert.js";

declare const brand: unique symbol;
/** A number that must not be mixed with another kind of number. Minted only by the functions below. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Raft term, 0 before the first election. */
export type Term = Brand<number, "Term">;
/** Position in the Raft log, 1 for the first entry, 0 before it. */
export type Index = Brand<number, "Index">;
/** Main revision of the store: 1 when fresh, +1 a writing transaction. */
export type Revision = Brand<number, "Revision">;
/** All 64 bits are used, signed on the wire; 0n is "no lease". */
export type LeaseId = Brand<bigint, "LeaseId">;
/** Unsigned 64 bits; 0n is "no member". */
export type MemberId = Brand<bigint, "MemberId">;
/** Unsigned 64 bits. */
export type ClusterId = Brand<bigint, "ClusterId">;

function counter(value: number, what: string): number {
  check(Number.isSafeInteger(value) && value >= 0, `${what} out of range: ${value}`);
  return value;
}

export const term = (value: number): Term => counter(value, "term") as Term;
export const index = (value: number): Index => counter(value, "index") as Index;
export const revision = (value: number): Revision => counter(value, "revision") as Revision;
export const leaseId = (value: bigint): LeaseId => BigInt.asIntN(64, value) as LeaseId;
export const memberId = (value: bigint): MemberId => BigInt.asUintN(64, value) as MemberId;
export const clusterId = (value: bigint): ClusterId => BigInt.asUintN(64, value) as ClusterId;

export const NO_LEASE = leaseId(0n);
export const NO_MEMBER = memberId(0n);

/** Ids print as lower-case hexadecimal without padding, as etcd prints them. */
export const hexId = (id: bigint): string => BigInt.asUintN(64, id).toString(16);
