import { afterEach, describe, expect, test } from "vitest";
import { seededRandom, utf8, utf8Text } from "../../../src/base/index.js";
import {
  type Fence,
  LeaseElection,
  RestClient,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "../../../src/kube/client/index.js";
import { ManualClock } from "./manual-clock.js";
import { silent, status } from "./scripted.js";

interface StoredLease {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string };
  spec: { holderIdentity: string; leaseTransitions: number; leaseDurationSeconds: number };
}
/** An apiserver that knows one Lease. */
class LeaseServer implements Transport {
  lease: StoredLease | undefined;
  isDown = false;
  #version = 0;
  request(request: TransportRequest): Promise<TransportResponse> {
    if (this.isDown) return Promise.reject(new Error("down"));
    const [code, body] = this.#answer(request);
    const bytes = utf8(JSON.stringify(body));
    return Promise.resolve({ status: code, header: () => undefined, bytes: () => Promise.resolve(bytes), chunks: async function* () {} });
  }
  #answer({ method, body }: TransportRequest): [number, object] {
    const sent = body === undefined ? undefined : (JSON.parse(utf8Text(body)) as StoredLease);
    if (method === "GET") return this.lease ? [200, this.lease] : [404, status(404, "NotFound")];
    if (method === "POST" && this.lease) return [409, status(409, "AlreadyExists")];
    if (method === "PUT" && sent?.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) return [409, status(409, "Conflict")];
    this.#version++;
    this.lease = {
      ...(sent as StoredLease),
      metadata: { ...(sent as StoredLease).metadata, uid: "u", resourceVersion: String(this.#version) },
    };
    return [200, this.lease];
  }
  close(): void {}
}

const clock = new ManualClock();
const elections: LeaseElection[] = [];
afterEach(async () => {
  const all = Promise.all(elections.splice(0).map((e) => e.stop()));
  await clock.advance(10);
  await all;
});
function candidate(
  server: LeaseServer,
  identity: string,
  events: string[],
  own: Transport = server,
  gone: ReadonlySet<string> = new Set(),
): LeaseElection {
  const election = new LeaseElection({
    client: new RestClient({ transport: own, clock, userAgent: "test/1" }),
    clock,
    random: seededRandom(identity.charCodeAt(0)),
    log: silent,
    namespace: "kube-system",
    name: "loop",
    identity,
    isGone: (who) => gone.has(who),
    lead: (fence: Fence, signal) => {
      events.push(`${identity} leads ${fence.key};${fence.acquisition}`);
      signal.addEventListener("abort", () => events.push(`${identity} ends`));
    },
  });
  elections.push(election);
  election.start();
  return election;
}

describe("a Lease election", () => {
  test("the first holds and renews, the second waits", async () => {
    const server = new LeaseServer();
    const events: string[] = [];
    candidate(server, "a", events);
    await clock.advance(10);
    candidate(server, "b", events);
    await clock.advance(60_000);
    expect(events).toEqual(["a leads kube-system/loop;u/0/a"]);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  test("who stops gives the Lease back: the next one takes it at its next try, under another fence", async () => {
    const server = new LeaseServer();
    const events: string[] = [];
    const a = candidate(server, "a", events);
    await clock.advance(10);
    const b = candidate(server, "b", events);
    await clock.advance(10);
    void a.stop();
    await clock.advance(10);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    b.nudge();
    await clock.advance(10);
    expect(events).toEqual(["a leads kube-system/loop;u/0/a", "a ends", "b leads kube-system/loop;u/1/b"]);
  });

  test("a holder that is silent is followed when its Lease has run out, not before", async () => {
    const server = new LeaseServer();
    const down = { isDown: false };
    const cut: Transport = {
      close: () => {},
      request: (r) => (down.isDown ? Promise.reject(new Error("cut off")) : server.request(r)),
    };
    const events: string[] = [];
    candidate(server, "a", events, cut);
    await clock.advance(10);
    candidate(server, "b", events);
    await clock.advance(5_000);
    down.isDown = true;
    await clock.advance(12_000);
    // The silent one gives up by itself before anybody else may begin.
    expect(events).toEqual(["a leads kube-system/loop;u/0/a", "a ends"]);
    await clock.advance(10_000);
    expect(events.at(-1)).toBe("b leads kube-system/loop;u/1/b");
  });

  test("a holder whose process is known to be dead is followed at once", async () => {
    const server = new LeaseServer();
    const events: string[] = [];
    server.lease = {
      metadata: { name: "loop", namespace: "kube-system", uid: "u", resourceVersion: "0" },
      spec: { holderIdentity: "dead", leaseTransitions: 4, leaseDurationSeconds: 15 },
    };
    const gone = new Set<string>();
    const b = candidate(server, "b", events, server, gone);
    await clock.advance(100);
    expect(events).toEqual([]);
    gone.add("dead");
    b.nudge();
    await clock.advance(10);
    expect(events).toEqual(["b leads kube-system/loop;u/5/b"]);
  });

  test("who cannot renew in time stops leading though nobody else took over", async () => {
    const server = new LeaseServer();
    const events: string[] = [];
    candidate(server, "a", events);
    await clock.advance(10);
    server.isDown = true;
    await clock.advance(9_000);
    expect(events).toHaveLength(1);
    await clock.advance(4_000);
    expect(events.at(-1)).toBe("a ends");
    server.isDown = false;
  });
});
