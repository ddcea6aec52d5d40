import { END_HEADERS, frame, HELLO, requestHead, settings, TYPE, uint32 } from "./frames.js";

/** What attackers say, at whatever port speaks HTTP/2. */

export const id = (i: number): number => 1 + 2 * i;
export const open = (i: number, path = "/t.T/Echo"): Buffer => frame(TYPE.headers, END_HEADERS, id(i), requestHead(path));
export const many = (n: number, say: (i: number) => Uint8Array): Buffer => Buffer.concat(Array.from({ length: n }, (_, i) => say(i)));
/** A client that takes no data before it gives windows. */
export const NO_WINDOW = Buffer.concat([HELLO.subarray(0, 24), settings([4, 0])]);
/** A header block whose list is a thousand times as long: one entry of the table, named over and over. */
export const BOMB = Buffer.concat([
  Buffer.from([0x40, 0x01, 0x61, 0x7f, 0xa1, 0x1e]),
  Buffer.alloc(4_000, 0x61),
  Buffer.alloc(12_000, 0xbe),
]);

/** Each of these is told to be calm, and cut. */
export const FLOODS: readonly { readonly name: string; readonly say: () => Uint8Array }[] = [
  { name: "rapid reset", say: () => many(3_000, (i) => Buffer.concat([open(i), frame(TYPE.rst, 0, id(i), uint32(8))])) },
  {
    name: "streams that make us reset them",
    say: () => many(3_000, (i) => Buffer.concat([open(i), frame(TYPE.window, 0, id(i), uint32(0))])),
  },
  {
    name: "a CONTINUATION flood",
    say: () => Buffer.concat([frame(TYPE.headers, 0, 1, requestHead("/a")), many(10_000, () => frame(TYPE.continuation, 0, 1))]),
  },
  { name: "a SETTINGS flood", say: () => many(15_000, () => settings([4, 1_000])) },
  { name: "a PING flood", say: () => many(15_000, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8))) },
  { name: "an empty DATA flood", say: () => Buffer.concat([open(0), many(15_000, () => frame(TYPE.data, 0, 1))]) },
];
