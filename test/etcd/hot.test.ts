import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { clusterId, index, leaseId, memberId, revision, term } from "../../src/base/index.js";
import { fromHeader, fromPutResult, fromRangeResult, putResponseBytes, rangeResponseBytes, toPut } from "../../src/etcd/codec/index.js";
import { COMMAND_KINDS, decodeBody, decodeEnvelope, encodeCommand } from "../../src/etcd/member/commands.js";
import { batchFrame, EntryBlocks, fieldsOf, kindNumber } from "../../src/etcd/peer/index.js";
import type { Message } from "../../src/raft/index.js";
import { KeyValue } from "../../src/wire/gen/etcd-kv.js";
import { PutRequest, PutResponse, RangeResponse } from "../../src/wire/gen/etcd-rpc.js";
import { Command } from "../../src/wire/gen/trimast-command.js";
import { Frame } from "../../src/wire/gen/trimast-peer.js";

/** What is encoded by hand must be what the generated codecs would say: nobody on the wire can tell. */

const counter = fc.oneof(fc.constant(0), fc.nat(300), fc.maxSafeNat());
const id = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const bytes = fc.uint8Array({ maxLength: 300 });
const header = fc.record({
  clusterId: id.map(clusterId),
  memberId: id.map(memberId),
  revision: counter.map(revision),
  raftTerm: counter.map(term),
});
const keyValue = fc
  .record({
    key: bytes,
    createRevision: counter,
    modRevision: counter,
    version: counter,
    value: bytes,
    lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(leaseId),
  })
  .chain((kv) => fc.boolean().map((stored) => (stored ? { ...kv, encoded: KeyValue.bytes(kv) } : kv)));

test.prop([header, fc.option(keyValue, { nil: undefined })])("a put's answer", (h, prevKv) => {
  const a = { kind: "put", prevKv, header: h } as const;
  expect(Buffer.from(putResponseBytes(a))).toEqual(
    Buffer.from(PutResponse.bytes({ ...fromPutResult(a), header: fromHeader(h) })).subarray(isEmpty(h) ? 2 : 0),
  );
});

test.prop([header, fc.array(keyValue, { maxLength: 5 }), fc.boolean(), counter])("a range's answer", (h, kvs, more, count) => {
  const a = { kind: "range", kvs, more, count, header: h } as const;
  expect(Buffer.from(rangeResponseBytes(a))).toEqual(
    Buffer.from(RangeResponse.bytes({ ...fromRangeResult(a), header: fromHeader(h) })).subarray(isEmpty(h) ? 2 : 0),
  );
});

const isEmpty = (h: { clusterId: bigint; memberId: bigint; revision: number; raftTerm: number }): boolean =>
  h.clusterId === 0n && h.memberId === 0n && h.revision === 0 && h.raftTerm === 0;

test.prop([counter, counter, fc.string({ maxLength: 10 }), counter, bytes, bytes])(
  "a command for the log",
  (origin, sequence, user, authRevision, key, value) => {
    const put = { kind: "put", key, value, lease: leaseId(0n), prevKv: false, ignoreValue: false, ignoreLease: false } as const;
    const body = PutRequest.bytes(put);
    const byHand = encodeCommand(put, { origin, sequence }, { user, authRevision, encoded: body });
    expect(Buffer.from(byHand)).toEqual(
      Buffer.from(Command.bytes({ version: 1, origin, sequence, user, authRevision, kind: COMMAND_KINDS.put, body })),
    );
    const { body: whole, ...fields } = Command.from(byHand);
    const { data, bodyFrom, bodyTo, ...read } = decodeEnvelope(byHand);
    expect(read).toEqual(fields);
    expect(Buffer.from(data.subarray(bodyFrom, bodyTo))).toEqual(Buffer.from(whole));
    expect(decodeBody(decodeEnvelope(byHand))).toEqual(toPut(PutRequest.from(body)));
  },
);

test.prop([id, id, counter, counter, counter, fc.array(bytes, { maxLength: 6 })])(
  "a batch between members",
  (from, to, t, prevIndex, commit, datas) => {
    const base = { from: memberId(from), to: memberId(to), term: term(t) };
    const entries = datas.map(
      (data, i) =>
        ({ term: term(t), index: index((prevIndex % 1_000_000) + 1 + i), kind: i % 2 ? "membership" : "command", data }) as const,
    );
    const messages: Message[] = [
      { ...base, kind: "append", prevIndex: index(prevIndex), prevTerm: term(t), commit: index(commit), entries },
      { ...base, kind: "heartbeat", commit: index(commit), round: 7 },
      { ...base, kind: "vote", preVote: true, transfer: true, lastIndex: index(prevIndex), lastTerm: term(t) },
      { ...base, kind: "appendRejected", rejected: index(commit), hintIndex: index(prevIndex), hintTerm: term(t) },
    ];
    const proposals = entries.map(({ kind, data }) => ({ kind, data }));
    // Another follower gets the same entries, a third one fewer: what was encoded for the first must serve the second alone.
    const others: Message[] = [
      { ...base, kind: "append", prevIndex: index(prevIndex), prevTerm: term(0), commit: index(0), entries: entries.slice() },
      { ...base, kind: "append", prevIndex: index(prevIndex), prevTerm: term(0), commit: index(0), entries: entries.slice(1) },
      { ...base, kind: "propose", entries: proposals },
    ];
    const wire = (list: readonly Message[]) =>
      list.map((m) => ({
        ...fieldsOf(m),
        entry: "entries" in m ? m.entries.map((e) => ({ ...e, kind: kindNumber(e.kind) })) : [],
      }));
    const blocks = new EntryBlocks();
    for (const list of [messages, others, messages])
      expect(Buffer.from(batchFrame(list, blocks))).toEqual(Buffer.from(Frame.bytes({ batch: { message: wire(list) } })));
  },
);
