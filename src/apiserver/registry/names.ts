import { randomInt } from "node:crypto";
import { GENERATE_NAME_BASE_MAX, GENERATED_CHARACTERS } from "./limits.js";

/** Kubernetes' alphabet: no vowels, so that no words come out; none that are mistaken for others. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export function randomSuffix(): string {
  let text = "";
  for (let i = 0; i < GENERATED_CHARACTERS; i++) text += ALPHABET[randomInt(ALPHABET.length)];
  return text;
}
export const generatedName = (prefix: string): string => prefix.slice(0, GENERATE_NAME_BASE_MAX) + randomSuffix();
