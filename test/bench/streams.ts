import * as grpc from "@grpc/grpc-js";
import { asBuffer, type Bytes } from "../../src/base/index.js";
import * as pb from "../../src/wire/gen/etcd-rpc.js";
import { Reader } from "../../src/wire/protobuf.js";
import { putOf } from "../chaos/requests.js";
import { until } from "../kit/until.js";
import { alternate, type BenchOptions, type Field } from "./options.js";
import { inTime, leaderOf, type System, withApi } from "./systems.js";
import type { Row } from "./table.js";

const CONNECTIONS = 100;
const LEASES = 100;
const KEEP_ALIVES_AT_ONCE = 10;
const WATCHED = "fan-out";
const EVENTS_A_RUN = 5;
const SETTLE_MS_MAX = 60_000;
const identity = (bytes: Buffer): Buffer => bytes;

/** One event to many watchers: the load client is one for both sides and decodes as little as it can. */
export async function watch(field: Field, options: BenchOptions): Promise<Row[]> {
  const connections = Math.min(CONNECTIONS, options.watchers);
  const open = async (system: System): Promise<FanOut> => new FanOut(await leaderEndpoint(system), connections, options.watchers);
  const fans = new Map<System, FanOut>();
  for (const system of [field.ours, field.peer]) {
    if (!system) continue;
    const fan = await open(system);
    await fan.ready();
    fans.set(system, fan);
    options.progress(`${system.name}: ${options.watchers} watchers on ${connections} connections`);
  }
  const runs = await alternate(field, options.pairs, (system) => deliver(system, fans.get(system) as FanOut, options.watchers));
  for (const fan of fans.values()) fan.close();
  return [{ name: `one event to ${options.watchers} watchers on ${connections} connections`, unit: "events/s", better: "higher", ...runs }];
}

async function deliver(system: System, fan: FanOut, watchers: number): Promise<number> {
  const leader = await leaderOf(system);
  let ms = 0;
  await withApi(leader, async (api) => {
    for (let i = 0; i < EVENTS_A_RUN; i++) {
      const all = fan.expect(watchers);
      const began = performance.now();
      await api.put(inTime(10_000), putOf(WATCHED, `${i}`));
      await all;
      ms += performance.now() - began;
    }
  });
  return (watchers * EVENTS_A_RUN) / (ms / 1_000);
}

class FanOut {
  readonly #clients: grpc.Client[] = [];
  #created = 0;
  #left = 0;
  #done: () => void = () => {};
  readonly #watchers: number;

  constructor(endpoint: string, connections: number, watchers: number) {
    this.#watchers = watchers;
    for (let c = 0; c < connections; c++) this.#connect(endpoint, Math.ceil((watchers - c) / connections));
  }
  async ready(): Promise<void> {
    await until(`${this.#watchers} watchers are there`, () => this.#created >= this.#watchers, SETTLE_MS_MAX);
  }
  expect(events: number): Promise<void> {
    this.#left = events;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.#left} of ${events} events were not delivered`)), SETTLE_MS_MAX);
      this.#done = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  close(): void {
    for (const client of this.#clients) client.close();
  }
  #connect(endpoint: string, watchers: number): void {
    const client = new grpc.Client(endpoint.replace("http://", ""), grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    this.#clients.push(client);
    const call = client.makeBidiStreamRequest(pb.WatchService.watch.path, identity, identity, new grpc.Metadata());
    call.on("error", () => {});
    call.on("data", (bytes: Buffer) => this.#heard(bytes));
    for (let i = 0; i < watchers; i++) call.write(asBuffer(CREATE));
  }
  #heard(bytes: Buffer): void {
    if (this.#created < this.#watchers) {
      if (pb.WatchResponse.decode(Reader.create(bytes)).created) this.#created++;
      return;
    }
    if (--this.#left === 0) this.#done();
  }
}
const CREATE: Bytes = pb.WatchRequest.bytes({ createRequest: { key: Buffer.from(WATCHED) } });

/** Keep-alives of a hundred leases, ten on their way on each of ten connections. */
export async function lease(field: Field, options: BenchOptions): Promise<Row[]> {
  const runs = await alternate(field, options.pairs, async (system) => keepAlives(system, options.seconds));
  return [{ name: "lease keep-alive 10 x 10", unit: "/s", better: "higher", ...runs }];
}

async function keepAlives(system: System, seconds: number): Promise<number> {
  const endpoint = await leaderEndpoint(system);
  const leader = await leaderOf(system);
  const leases = await withApi(leader, (api) =>
    Promise.all(Array.from({ length: LEASES }, () => api.leaseGrant(inTime(10_000), { id: 0n as never, ttl: 600 }))),
  );
  const counts = { answers: 0 };
  const streams = Array.from({ length: LEASES / KEEP_ALIVES_AT_ONCE }, (_, c) =>
    keepAliveStream(
      endpoint,
      leases.slice(c * KEEP_ALIVES_AT_ONCE, (c + 1) * KEEP_ALIVES_AT_ONCE).map((l) => l.id),
      counts,
    ),
  );
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const perSecond = counts.answers / ((performance.now() - began) / 1_000);
  for (const close of streams) close();
  await withApi(leader, (api) => Promise.all(leases.map((l) => api.leaseRevoke(inTime(10_000), l.id))));
  return perSecond;
}

function keepAliveStream(endpoint: string, ids: readonly bigint[], counts: { answers: number }): () => void {
  const client = new grpc.Client(endpoint.replace("http://", ""), grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  const call = client.makeBidiStreamRequest(pb.LeaseService.leaseKeepAlive.path, identity, identity, new grpc.Metadata());
  const requests = ids.map((id) => asBuffer(pb.LeaseKeepAliveRequest.bytes({ id })));
  let next = 0;
  call.on("error", () => {});
  call.on("data", () => {
    counts.answers++;
    call.write(requests[next++ % requests.length] as Buffer);
  });
  for (const request of requests) call.write(request);
  return () => {
    call.cancel();
    client.close();
  };
}

const leaderEndpoint = async (system: System): Promise<string> => (await leaderOf(system)).endpoint;
