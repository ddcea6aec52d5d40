import * as grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LockService } from "../../src/wire/gen/etcd-lock.js";
import { KVService, LeaseService } from "../../src/wire/gen/etcd-rpc.js";
import { HealthService } from "../../src/wire/gen/grpc-health.js";
import { type ServerReflectionRequestInit, ServerReflectionService } from "../../src/wire/gen/grpc-reflection.js";
import { Reader } from "../../src/wire/protobuf.js";
import { TestCluster } from "../kit/masters.js";
import { until } from "../kit/until.js";

/** gRPC as a stranger speaks it, bytes in hand, against both server adapters. */

const identity = (bytes: Buffer): Buffer => bytes;
interface Codec<Q, A> {
  readonly path: string;
  readonly request: { bytes(q: Q): Uint8Array };
  readonly response: { decode(r: Reader): A };
}
type Failure = Pick<grpc.ServiceError, "code" | "details">;

class Stranger {
  readonly client: grpc.Client;
  constructor(endpoint: string) {
    this.client = new grpc.Client(endpoint.replace("http://", ""), grpc.credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
    });
  }
  raw(
    path: string,
    bytes: Uint8Array,
    how: { metadata?: Record<string, string>; deadlineMs?: number; cancel?: AbortSignal } = {},
  ): Promise<Buffer> {
    const metadata = new grpc.Metadata();
    for (const [k, v] of Object.entries(how.metadata ?? {})) metadata.set(k, v);
    const options = how.deadlineMs === undefined ? {} : { deadline: Date.now() + how.deadlineMs };
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(path, identity, identity, Buffer.from(bytes), metadata, options, (error, answer) =>
        error ? reject(error) : resolve(answer as Buffer),
      );
      how.cancel?.addEventListener("abort", () => call.cancel());
    });
  }
  async call<Q, A>(codec: Codec<Q, A>, request: Q, how?: Parameters<Stranger["raw"]>[2]): Promise<A> {
    return codec.response.decode(Reader.create(await this.raw(codec.path, codec.request.bytes(request), how)));
  }
  async refusal(path: string, bytes: Uint8Array, how?: Parameters<Stranger["raw"]>[2]): Promise<Failure> {
    const outcome = await this.raw(path, bytes, how).then(
      () => ({ code: 0, details: "no refusal" }),
      (e: Failure) => ({ code: e.code, details: e.details }),
    );
    return outcome as Failure;
  }
  async reflect(path: string, request: ServerReflectionRequestInit) {
    const { request: q, response } = ServerReflectionService.serverReflectionInfo;
    const call = this.client.makeBidiStreamRequest(path, identity, identity, new grpc.Metadata());
    const answer = new Promise<Buffer>((resolve, reject) => call.on("data", resolve).on("error", reject));
    call.write(Buffer.from(q.bytes(request)));
    const decoded = response.decode(Reader.create(await answer));
    call.end();
    return decoded;
  }
}

const KV = KVService;
const text = (value: string): Uint8Array => Buffer.from(value);

for (const adapter of ["wire", "grpc-js"] as const) {
  describe(`gRPC by hand, server adapter ${adapter}`, () => {
    let cluster: TestCluster;
    let stranger: Stranger;
    beforeAll(async () => {
      cluster = await TestCluster.start(3, {}, { grpcServer: adapter });
      stranger = new Stranger((await cluster.leader()).endpoint);
    });
    afterAll(async () => {
      stranger?.client.close();
      await cluster?.stop();
    });

    test("bytes that are no message are refused as such, and the connection lives on", async () => {
      for (const bytes of [[0xff, 0xff, 0xff], [0x0a, 0x7f, 0x01], [0x0a]]) {
        const refusal = await stranger.refusal(KV.put.path, Uint8Array.from(bytes));
        expect(refusal.code).toBe(grpc.status.INTERNAL);
        expect(refusal.details).toMatch(/^grpc: error unmarshalling request: /);
      }
      expect((await stranger.call(KV.put, { key: text("a") })).header?.revision).toBeGreaterThan(1);
    });

    test("unknown fields are skipped", async () => {
      const bytes = Buffer.concat([
        KV.put.request.bytes({ key: text("a"), value: text("1") }),
        Buffer.from([0xfa, 0x3f, 0x02, 0x68, 0x69]),
      ]);
      await stranger.raw(KV.put.path, bytes);
      expect((await stranger.call(KV.range, { key: text("a") })).kvs[0]?.value).toEqual(Buffer.from("1"));
    });

    test("a request over the limit is etcd's refusal, one over gRPC's limit is gRPC's", async () => {
      const put = (bytes: number) => KV.put.request.bytes({ key: text("big"), value: Buffer.alloc(bytes, 120) });
      expect(await stranger.refusal(KV.put.path, put(1_600_000))).toEqual({
        code: grpc.status.INVALID_ARGUMENT,
        details: "etcdserver: request is too large",
      });
      expect((await stranger.refusal(KV.put.path, put(3_000_000))).code).toBe(grpc.status.RESOURCE_EXHAUSTED);
      expect((await stranger.call(KV.range, { key: text("big") })).count).toBe(0);
    });

    test("an unknown method and an unknown service are unimplemented", async () => {
      for (const path of ["/etcdserverpb.KV/Rename", "/no.such.Service/Method"]) {
        expect((await stranger.refusal(path, new Uint8Array(0))).code).toBe(grpc.status.UNIMPLEMENTED);
      }
    });

    test("sort numbers that nobody knows are refused, compare numbers are not", async () => {
      expect(await stranger.refusal(KV.range.path, KV.range.request.bytes({ key: text("a"), sortOrder: 9 }))).toEqual({
        code: grpc.status.INVALID_ARGUMENT,
        details: "etcdserver: invalid sort option",
      });
      expect((await stranger.call(KV.txn, { compare: [{ key: text("a"), result: 9, target: 0, version: 77 }] })).succeeded).toBe(true);
    });

    test("a deadline ends a wait for a lock, and the waiter leaves the queue", async () => {
      const held = await stranger.call(LockService.lock, { name: text("deadline") });
      const refusal = await stranger.refusal(LockService.lock.path, LockService.lock.request.bytes({ name: text("deadline") }), {
        deadlineMs: 300,
      });
      expect(refusal.code).toBe(grpc.status.DEADLINE_EXCEEDED);
      await until("only the holder is left", async () => (await queued("deadline")) === 1);
      await stranger.call(LockService.unlock, { key: held.key });
    });

    test("a cancelled wait for a lock leaves the queue, and the next in it gets the lock", async () => {
      const held = await stranger.call(LockService.lock, { name: text("cancel") });
      const cancel = new AbortController();
      const waiting = stranger.refusal(LockService.lock.path, LockService.lock.request.bytes({ name: text("cancel") }), {
        cancel: cancel.signal,
      });
      await until("two are queued", async () => (await queued("cancel")) === 2);
      const next = stranger.call(LockService.lock, { name: text("cancel") });
      await until("three are queued", async () => (await queued("cancel")) === 3);
      cancel.abort();
      expect((await waiting).code).toBe(grpc.status.CANCELLED);
      await until("the cancelled one is gone", async () => (await queued("cancel")) === 2);
      await stranger.call(LockService.unlock, { key: held.key });
      const key = (await next).key;
      expect((await stranger.call(KV.range, { key })).count).toBe(1);
      await stranger.call(LockService.unlock, { key });
    });
    const queued = async (name: string): Promise<number> =>
      (await stranger.call(KV.range, { key: text(`${name}/`), rangeEnd: text(`${name}0`), countOnly: true })).count;

    test("health serves the empty name only", async () => {
      expect((await stranger.call(HealthService.check, {})).status).toBe(1);
      expect((await stranger.refusal(HealthService.check.path, HealthService.check.request.bytes({ service: "x" }))).code).toBe(
        grpc.status.NOT_FOUND,
      );
    });

    for (const version of ["v1", "v1alpha"]) {
      const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
      test(`reflection ${version} lists the services, and its files describe what they speak`, async () => {
        const services = (await stranger.reflect(path, { listServices: "" })).listServicesResponse?.service.map((s) => s.name);
        expect(services).toEqual(
          expect.arrayContaining(["etcdserverpb.KV", "etcdserverpb.Watch", "v3lockpb.Lock", `grpc.reflection.${version}.ServerReflection`]),
        );
        for (const service of services ?? []) {
          const answer = await stranger.reflect(path, { fileContainingSymbol: service });
          const root = rootOf(answer.fileDescriptorResponse?.fileDescriptorProto ?? []);
          expect(root.lookupService(service).methodsArray.length).toBeGreaterThan(0);
        }
      });
    }

    test("a file by its name, a type in a type, and what nobody knows", async () => {
      const path = ServerReflectionService.serverReflectionInfo.path;
      const byName = await stranger.reflect(path, { fileByFilename: "etcd/kv.proto" });
      const root = rootOf(byName.fileDescriptorResponse?.fileDescriptorProto ?? []);
      expect(
        root.lookupType("mvccpb.KeyValue").fields["mod_revision"]?.id ?? root.lookupType("mvccpb.KeyValue").fields["modRevision"]?.id,
      ).toBe(3);
      const nested = await stranger.reflect(path, { fileContainingSymbol: "etcdserverpb.Compare.CompareResult" });
      expect(nested.fileDescriptorResponse?.fileDescriptorProto.length).toBeGreaterThan(1);
      expect((await stranger.reflect(path, { fileContainingSymbol: "no.such.Type" })).errorResponse?.errorCode).toBe(grpc.status.NOT_FOUND);
      expect((await stranger.reflect(path, { fileByFilename: "no.proto" })).errorResponse?.errorCode).toBe(grpc.status.NOT_FOUND);
    });

    test("hasleader fails at once without a leader; without it the call waits, and one that reads here is served", async () => {
      const [m1, m2, m3] = cluster.masters;
      if (!m1 || !m2 || !m3) throw new Error("three masters");
      const alone = new Stranger(m1.endpoint);
      await alone.call(KV.put, { key: text("here"), value: text("1") });
      await cluster.kill(m2);
      await cluster.kill(m3);
      const range = KV.range.request.bytes({ key: text("here") });
      const refusal = await until("the leader is missed", async () => {
        const r = await alone.refusal(KV.range.path, range, { metadata: { hasleader: "true" }, deadlineMs: 5_000 });
        return r.details === "etcdserver: no leader" ? r : undefined;
      });
      expect(refusal.code).toBe(grpc.status.UNAVAILABLE);
      expect((await alone.refusal(KV.range.path, range, { deadlineMs: 400 })).code).toBe(grpc.status.DEADLINE_EXCEEDED);
      expect((await alone.call(KV.range, { key: text("here"), serializable: true })).count).toBe(1);
      expect(
        (
          await alone.refusal(LeaseService.leaseGrant.path, LeaseService.leaseGrant.request.bytes({ ttl: 60 }), {
            metadata: { hasleader: "true" },
          })
        ).details,
      ).toBe("etcdserver: no leader");
      alone.client.close();
    });
  });
}

function rootOf(files: readonly Uint8Array[]): protobuf.Root {
  const file = files.map((bytes) => descriptor.FileDescriptorProto.decode(bytes));
  const root = (protobuf.Root as unknown as { fromDescriptor(set: unknown): protobuf.Root }).fromDescriptor({ file });
  root.resolveAll();
  return root;
}
