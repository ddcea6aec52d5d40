import { afterEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import { type ApiObject, Informer, RESOURCES, RestClient, TransportError } from "../../../src/kube/client/index.js";
import { until } from "../../kit/until.js";
import { bookmark, configMap, Feed, ScriptedTransport, silent, status } from "./scripted.js";

const clock = createNodeClock();
const running: Informer<ApiObject>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((i) => i.stop()));
});

function start(transport: ScriptedTransport): { readonly informer: Informer<ApiObject>; readonly told: string[] } {
  const client = new RestClient({ transport, clock, userAgent: "test/1" }).resource<ApiObject>(RESOURCES.configMaps);
  const informer = new Informer<ApiObject>({ client, clock, random: seededRandom(1), log: silent });
  const told: string[] = [];
  const at = (o: ApiObject): string => `${o.metadata.name}@${o.metadata.resourceVersion}`;
  informer.addHandlers({
    add: (o, initial) => told.push(`add ${at(o)}${initial ? " initial" : ""}`),
    update: (old, now) => told.push(`update ${at(old)} ${at(now)}`),
    delete: (last) => told.push(`delete ${at(last)}`),
  });
  informer.start();
  running.push(informer);
  return { informer, told };
}
function stateFeed(...objects: readonly object[]): Feed {
  const feed = new Feed();
  for (const object of objects) feed.push("ADDED", object);
  feed.push("BOOKMARK", bookmark(10, true));
  return feed;
}

describe("an informer", () => {
  test("takes the state from a watch that sends it first, then its changes in order", async () => {
    const feed = stateFeed(configMap("a", 3), configMap("b", 7));
    const transport = new ScriptedTransport().script(feed);
    const { informer, told } = start(transport);
    await informer.synced();
    const query = await transport.asked(0);
    expect(Object.fromEntries(query)).toMatchObject({ watch: "true", sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" });
    feed.push("MODIFIED", configMap("a", 11));
    feed.push("DELETED", configMap("b", 12));
    feed.push("ADDED", configMap("c", 13));
    await until("the last change", () => told.length === 5);
    expect(told).toEqual(["add a@3 initial", "add b@7 initial", "update a@3 a@11", "delete b@12", "add c@13"]);
    expect(informer.revision).toBe("13");
  });

  test("a state that breaks before its closing bookmark changes nothing", async () => {
    const half = new Feed();
    half.push("ADDED", configMap("ghost", 3));
    half.end();
    const transport = new ScriptedTransport().script(half, stateFeed(configMap("a", 4)));
    const { informer, told } = start(transport);
    await informer.synced();
    expect(told).toEqual(["add a@4 initial"]);
  });

  test("lists and watches where the server does not know the other way", async () => {
    const changes = new Feed();
    const transport = new ScriptedTransport().script(
      { status: 422, body: status(422, "Invalid") },
      { body: { metadata: { resourceVersion: "20", continue: "more" }, items: [configMap("a", 3)] } },
      { body: { metadata: { resourceVersion: "20" }, items: [configMap("b", 4)] } },
      changes,
    );
    const { informer, told } = start(transport);
    await informer.synced();
    expect(told).toEqual(["add a@3 initial", "add b@4 initial"]);
    expect((await transport.asked(2)).get("continue")).toBe("more");
    expect((await transport.asked(3)).get("resourceVersion")).toBe("20");
  });

  test("goes on after a break from where the last bookmark was, without listing again", async () => {
    const first = stateFeed(configMap("a", 3));
    const second = new Feed();
    const transport = new ScriptedTransport().script(first, new TransportError("ECONNREFUSED", "refused"), second);
    const { told } = start(transport);
    first.push("BOOKMARK", bookmark(40));
    first.end(new TransportError("ECONNRESET", "reset"));
    expect((await transport.asked(2)).get("resourceVersion")).toBe("40");
    second.push("MODIFIED", configMap("a", 41));
    await until("the change", () => told.length === 2);
    expect(told).toEqual(["add a@3 initial", "update a@3 a@41"]);
  });

  test("takes the state again when its place was compacted, and tells what vanished meanwhile", async () => {
    const first = stateFeed(configMap("a", 3), configMap("b", 4));
    const gone = new Feed();
    const transport = new ScriptedTransport().script(first, gone, stateFeed(configMap("b", 9)));
    const { told } = start(transport);
    first.end();
    gone.push("ERROR", status(410, "Expired", "too old resource version: 10 (50)"));
    const query = await transport.asked(2);
    expect([query.get("sendInitialEvents"), query.get("resourceVersion")]).toEqual(["true", null]);
    await until("the new state", () => told.length === 4);
    expect(told.slice(2)).toEqual(["delete a@3", "update b@4 b@9"]);
  });

  test("an object that was made again under its name is a deletion and an addition", async () => {
    const feed = stateFeed(configMap("a", 3));
    const transport = new ScriptedTransport().script(feed);
    const { told } = start(transport);
    feed.push("MODIFIED", configMap("a", 11, { uid: "another" }));
    await until("both", () => told.length === 3);
    expect(told.slice(1)).toEqual(["delete a@3", "add a@11"]);
  });

  test("who comes late is told of what is there; what is handed out cannot be changed", async () => {
    const transport = new ScriptedTransport().script(stateFeed(configMap("a", 3)));
    const { informer } = start(transport);
    await informer.synced();
    const late: string[] = [];
    informer.addHandlers({ add: (o) => late.push(o.metadata.name) });
    expect(late).toEqual(["a"]);
    const object = informer.lister.named("default", "a") as { data?: { value: string } } | undefined;
    expect(() => {
      if (object?.data) object.data.value = "mine";
    }).toThrow(TypeError);
  });

  test("indexes follow the objects", async () => {
    const feed = stateFeed(configMap("a", 3, { data: "x" }), configMap("b", 4, { data: "x" }));
    const transport = new ScriptedTransport().script(feed);
    const { informer, told } = start(transport);
    informer.addIndex("value", (o) => [(o as unknown as { data: { value: string } }).data.value]);
    await informer.synced();
    const under = (value: string): string[] => informer.lister.by("value", value).map((o) => o.metadata.name);
    expect(under("x")).toEqual(["a", "b"]);
    feed.push("MODIFIED", configMap("a", 11, { data: "y" }));
    feed.push("DELETED", configMap("b", 12));
    await until("both", () => told.length === 4);
    expect([under("x"), under("y")]).toEqual([[], ["a"]]);
  });

  test("events are read whole however the stream is cut", async () => {
    const feed = stateFeed();
    const { told } = start(new ScriptedTransport().script(feed));
    const line = JSON.stringify({ type: "ADDED", object: configMap("cut", 11) });
    feed.raw(line.slice(0, 20));
    feed.raw(`${line.slice(20)}\n${JSON.stringify({ type: "ADDED", object: configMap("next", 12) })}\n`);
    await until("both", () => told.length === 2);
    expect(told).toEqual(["add cut@11", "add next@12"]);
  });
});
