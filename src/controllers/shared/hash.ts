import { utf8 } from "../../base/index.js";
import { type Json, sortedJson } from "../../kube/meta/index.js";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** FNV-1a, 32 bits. */
function fnv(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of utf8(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h >>> 0;
}
/** A short name for a value, equal for equal JSON. `collisions` picks another one when a name is taken by something else. */
export function hashOf(value: unknown, collisions: number | undefined): string {
  const text = String(fnv(`${sortedJson(value as Json)}${collisions === undefined ? "" : `#${collisions}`}`));
  // Only letters that make no words, as in generated names.
  return [...text].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}
