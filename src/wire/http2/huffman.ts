import type { Bytes } from "../../base/index.js";
import { HUFFMAN_LENGTHS } from "./hpack-tables.js";

const EOS = 256;
const LEAF = 0x1_0000;

/** A binary tree in one array: two cells a node, each the next node or LEAF + symbol. */
function buildTree(): Int32Array {
  const cells: number[] = [0, 0];
  const symbols = [...HUFFMAN_LENGTHS.keys()].sort((a, b) => (HUFFMAN_LENGTHS[a] as number) - (HUFFMAN_LENGTHS[b] as number) || a - b);
  let code = 0;
  let bits = 0;
  for (const symbol of symbols) {
    const length = HUFFMAN_LENGTHS[symbol] as number;
    code *= 2 ** (length - bits);
    bits = length;
    insert(cells, { symbol, code, length });
    code++;
  }
  return Int32Array.from(cells);
}
function insert(cells: number[], leaf: { readonly symbol: number; readonly code: number; readonly length: number }): void {
  let node = 0;
  for (let bit = leaf.length - 1; bit >= 0; bit--) {
    const cell = node + (Math.floor(leaf.code / 2 ** bit) % 2);
    if (bit === 0) cells[cell] = LEAF + leaf.symbol;
    else {
      if (cells[cell] === 0) {
        cells[cell] = cells.length;
        cells.push(0, 0);
      }
      node = cells[cell] as number;
    }
  }
}
const TREE = buildTree();

/** Decodes bytes [from, to) to latin1 text; undefined for a code that is none, EOS, or padding that is not a prefix of EOS. */
export function huffmanDecode(bytes: Bytes, from: number, to: number): string | undefined {
  let text = "";
  let node = 0;
  let padding = 0;
  let ones = true;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >> bit) & 1;
      const next = TREE[node + one] as number;
      padding++;
      ones &&= one === 1;
      if (next < LEAF) {
        node = next;
        continue;
      }
      if (next - LEAF === EOS) return undefined;
      text += String.fromCharCode(next - LEAF);
      node = 0;
      padding = 0;
      ones = true;
    }
  }
  return padding < 8 && ones ? text : undefined;
}
