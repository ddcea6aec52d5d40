import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { type Bytes, utf8, utf8Text } from "../../base/index.js";
import { EtcdError } from "../../etcd/api/index.js";
import type { AuthParts } from "../../etcd/member/index.js";

/** Stored as `$scrypt$ln=14,r=8,p=1$SALT$HASH`, so that a later cost or algorithm finds out what it has before it. */
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,7})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const BLOCK = 8;
/** scrypt's N is 2^(cost + 4): at the default cost of 10 it takes about as long as bcrypt of cost 10, and 16 MiB. */
const LOG_N_BESIDE_COST = 4;
/** Beyond it more rounds in the same memory: 64 MiB. */
const LOG_N_MAX = 16;
/** bcrypt's bounds, which --bcrypt-cost has. Outside of them the default counts, as with etcd. */
export const COST = { min: 4, max: 31, normal: 10 } as const;
/** Waiting for their turn; one is worked on at a time. */
const WAITING_MAX = 256;

interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** Hashes in libuv's threads, one at a time: the loop goes on, and the log's syncs keep the other threads. */
export function createPasswords(cost: number): AuthParts["passwords"] {
  const valid = Number.isInteger(cost) && cost >= COST.min && cost <= COST.max ? cost : COST.normal;
  const work = new Turns();
  return {
    hash: async (password) => {
      const salt = randomBytes(SALT_BYTES);
      const at = costOf(valid);
      const hash = await work.run(() => derive(password, salt, at, HASH_BYTES));
      return utf8(`$scrypt$ln=${at.logN},r=${at.r},p=${at.p}$${base64(salt)}$${base64(hash)}`);
    },
    matches: async (password, stored) => {
      const match = STORED.exec(utf8Text(stored));
      if (match === null) return false;
      const [, logN = "", r = "", p = "", salt = "", hash = ""] = match;
      const expected = Buffer.from(hash, "base64");
      const at = { logN: Number(logN), r: Number(r), p: Number(p) };
      const got = await work.run(() => derive(password, Buffer.from(salt, "base64"), at, expected.length));
      return timingSafeEqual(got, expected);
    },
  };
}

function costOf(cost: number): Cost {
  const logN = Math.min(cost + LOG_N_BESIDE_COST, LOG_N_MAX);
  return { logN, r: BLOCK, p: 2 ** (cost + LOG_N_BESIDE_COST - logN) };
}

const base64 = (bytes: Bytes): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

function derive(password: string, salt: Bytes, { logN, r, p }: Cost, bytes: number): Promise<Buffer> {
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, { N, r, p, maxmem: 256 * (N + p) * r }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) return Promise.reject(new EtcdError("tooManyRequests"));
    this.#waiting++;
    const done = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = done.catch(() => {});
    return done;
  }
}
