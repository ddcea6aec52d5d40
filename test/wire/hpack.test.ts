import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HUFFMAN_LENGTHS } from "../../src/wire/http2/hpack-tables.js";
import { huffmanDecode } from "../../src/wire/http2/huffman.js";
import { encodeHeaders, HpackDecoder, HpackEncoder, repeatedBlock } from "../../src/wire/http2/index.js";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");
const REQUEST_1 = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "www.example.com"],
];
const REQUEST_2 = [...REQUEST_1, ["cache-control", "no-cache"]];
const REQUEST_3 = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  [":authority", "www.example.com"],
  ["custom-key", "custom-value"],
];
const RESPONSE_1 = [
  [":status", "302"],
  ["cache-control", "private"],
  ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["location", "https://www.example.com"],
];
const RESPONSE_2 = [[":status", "307"], ...RESPONSE_1.slice(1)];
const RESPONSE_3 = [
  [":status", "200"],
  ["cache-control", "private"],
  ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
  ["location", "https://www.example.com"],
  ["content-encoding", "gzip"],
  ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
];

const APPENDIX_C = [
  {
    name: "C.2.1 literal with indexing",
    table: 4096,
    blocks: [["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [["custom-key", "custom-header"]]]],
  },
  { name: "C.2.2 literal without indexing", table: 4096, blocks: [["040c 2f73 616d 706c 652f 7061 7468", [[":path", "/sample/path"]]]] },
  { name: "C.2.3 literal never indexed", table: 4096, blocks: [["1008 7061 7373 776f 7264 0673 6563 7265 74", [["password", "secret"]]]] },
  { name: "C.2.4 indexed", table: 4096, blocks: [["82", [[":method", "GET"]]]] },
  {
    name: "C.3 requests without Huffman",
    table: 4096,
    blocks: [
      ["8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", REQUEST_1],
      ["8286 84be 5808 6e6f 2d63 6163 6865", REQUEST_2],
      ["8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", REQUEST_3],
    ],
  },
  {
    name: "C.4 requests with Huffman",
    table: 4096,
    blocks: [
      ["8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", REQUEST_1],
      ["8286 84be 5886 a8eb 1064 9cbf", REQUEST_2],
      ["8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", REQUEST_3],
    ],
  },
  {
    name: "C.5 responses without Huffman, with eviction",
    table: 256,
    blocks: [
      [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        RESPONSE_1,
      ],
      ["4803 3330 37c1 c0bf", RESPONSE_2],
      [
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        RESPONSE_3,
      ],
    ],
  },
  {
    name: "C.6 responses with Huffman, with eviction",
    table: 256,
    blocks: [
      [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        RESPONSE_1,
      ],
      ["4883 640e ffc1 c0bf", RESPONSE_2],
      [
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        RESPONSE_3,
      ],
    ],
  },
] as const;

for (const c of APPENDIX_C)
  test(`RFC 7541 ${c.name}`, () => {
    const decoder = new HpackDecoder({ tableBytes: c.table });
    for (const [block, list] of c.blocks) expect(decoder.decode(hex(block))).toEqual(list);
  });

const MALFORMED = [
  { name: "index 0", block: "80" },
  { name: "an index beyond both tables", block: "be" },
  { name: "a size update beyond what was announced", block: "3fe2 1f" },
  { name: "a size update behind a field", block: "8220" },
  { name: "an integer that does not end", block: "ff" },
  { name: "an integer of more octets than any length has", block: "ffff ffff ffff 01" },
  { name: "a string that runs past its block", block: "000a 61" },
  { name: "Huffman padding of zeros", block: "0081 00 0161" },
  { name: "Huffman padding of more than seven bits", block: "0082 1fff 0161" },
  { name: "the EOS symbol", block: "0084 ffff ffff 0161" },
  { name: "a field without its value", block: "0001 61" },
] as const;
for (const c of MALFORMED) test(`HPACK refuses ${c.name}`, () => expect(new HpackDecoder().decode(hex(c.block))).toBe("compression"));

test("a list longer than the limit is counted but not kept, and the table stays right", () => {
  const decoder = new HpackDecoder({ listBytesMax: 200 });
  const add = hex("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
  expect(decoder.decode(Buffer.concat([add, Buffer.alloc(100, 0xbe)]))).toBe("tooLarge");
  expect(decoder.decode(hex("be"))).toEqual([["custom-key", "custom-header"]]);
});

/** RFC 7541 5.2, the other way round. */
function huffmanEncode(text: string): Buffer {
  const symbols = [...HUFFMAN_LENGTHS.keys()].sort((a, b) => (HUFFMAN_LENGTHS[a] as number) - (HUFFMAN_LENGTHS[b] as number) || a - b);
  const codes = new Map<number, string>();
  let code = 0;
  let bits = 0;
  for (const symbol of symbols) {
    const length = HUFFMAN_LENGTHS[symbol] as number;
    code *= 2 ** (length - bits);
    bits = length;
    codes.set(symbol, code.toString(2).padStart(length, "0"));
    code++;
  }
  let out = [...Buffer.from(text, "latin1")].map((b) => codes.get(b)).join("");
  out += "1".repeat((8 - (out.length % 8)) % 8);
  return Buffer.from((out.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

test("Huffman: every text comes back, and the codes are the RFC's", () => {
  expect(huffmanEncode("www.example.com").toString("hex")).toBe("f1e3c2e5f23a6ba0ab90f4ff");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      const coded = huffmanEncode(text);
      expect(huffmanDecode(coded, 0, coded.length)).toBe(text);
    }),
  );
});

const value = fc.uint8Array({ maxLength: 60 }).map((b) => Buffer.from(b).toString("latin1"));
test("encodeHeaders is undone by the decoder", () => {
  const name = fc.oneof(fc.constantFrom(":status", ":path", "content-type", "grpc-status"), fc.stringMatching(/^[a-z-]{1,40}$/));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (list) => {
      expect(new HpackDecoder().decode(encodeHeaders(list))).toEqual(list);
    }),
  );
});

describe("blocks that repeat", () => {
  const HEAD: [string, string][] = [
    [":status", "200"],
    ["content-type", "application/grpc"],
  ];
  const TRAILERS: [string, string][] = [
    ["grpc-status", "0"],
    ["grpc-message", ""],
  ];

  test("are literals for the table once, and a byte a field from then on", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const [head, trailers] = [repeatedBlock(HEAD), repeatedBlock(TRAILERS)];
    const sizes = [head, trailers, head, trailers, trailers, head].map((block) => {
      const bytes = encoder.encode(block);
      expect(decoder.decode(bytes)).toEqual(block.fields);
      return bytes.length;
    });
    expect(sizes.slice(2)).toEqual([2, 2, 2, 2]);
    expect(sizes[0]).toBeGreaterThan(10);
  });

  test("are literals that touch no table once the peer wants a smaller one", () => {
    const encoder = new HpackEncoder();
    const head = repeatedBlock(HEAD);
    encoder.encode(head);
    encoder.turnOff();
    expect(encoder.encode(head)).toEqual(encodeHeaders(HEAD));
  });

  test("mean what they are, in any order, for a decoder that sees them all, and never more than the table holds", () => {
    const field = fc.tuple(
      fc.constantFrom(":status", "content-type", "grpc-status", "x-long"),
      fc.oneof(value, fc.constant("y".repeat(1_500))),
    );
    const blocks = fc.array(fc.array(field, { maxLength: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(blocks, fc.array(fc.nat(), { maxLength: 40 }), (lists, order) => {
        const encoder = new HpackEncoder();
        // Evicting would change the indices: this decoder holds exactly what a peer holds.
        const decoder = new HpackDecoder({ tableBytes: 4_096, listBytesMax: 100_000 });
        const repeated = lists.map(repeatedBlock);
        for (const n of order) {
          const block = repeated[n % repeated.length] as (typeof repeated)[number];
          expect(decoder.decode(encoder.encode(block))).toEqual(block.fields);
        }
      }),
    );
  });
});

test("random blocks decode or are refused, and never throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder();
      for (const block of blocks) if (decoder.decode(block) === "compression") return;
    }),
    { numRuns: 2_000 },
  );
});
