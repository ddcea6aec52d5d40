import { check } from "./assert.js";

/** A stream of random numbers. Real ones are seeded from the operating system, simulated ones from the world's seed. */
export interface Random {
  /** Uniform unsigned 32-bit integer. */
  uint32(): number;
  /** Uniform integer in [0, bound), 1 <= bound <= 2^32. */
  below(bound: number): number;
  /** True with probability `numerator / denominator`. */
  chance(numerator: number, denominator: number): boolean;
  /** Uniform unsigned 64-bit integer. */
  uint64(): bigint;
  /** An independent stream named `name`: one component drawing more does not shift what another draws. */
  fork(name: string): Random;
}

/** splitmix32 over a mixed seed: small, fast, good enough for schedules and jitter; never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function uint32(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
  function below(bound: number): number {
    check(bound >= 1, `random bound ${bound}`);
    return Math.floor((uint32() / 0x1_0000_0000) * bound);
  }
  return {
    uint32,
    below,
    chance: (numerator, denominator) => below(denominator) < numerator,
    uint64: () => (BigInt(uint32()) << 32n) | BigInt(uint32()),
    fork: (name) => seededRandom(mix(seed, name)),
  };
}

function mix(seed: number, name: string): number {
  let h = seed ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
