import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { MINIMAL_OBJECTS } from "../kit/minimal-objects.js";
import { describedVerbs, discoveredVerbs, nameOf, type Operation, placeOf, publishedOperations } from "./matrix/operations.js";
import { type Asked, Walk } from "./matrix/walk.js";

/** Everything that the published documents name is asked for once at least, and must be answered as it is meant to be. What of the
 *  original's document is not in ours stands in test/apiserver/openapi/not-served.txt. */
const AT_ONCE = 4;

/** What leads to a node, where there is none. */
const NO_NODE: readonly { readonly path: RegExp; readonly code: number; readonly why: string }[] = [
  { path: /\/pods\/\{name\}\/(attach|exec|portforward)$/, code: 400, why: "does not have a host assigned" },
  { path: /\/pods\/\{name\}\/proxy/, code: 400, why: "address not allowed" },
  { path: /\/nodes\/\{name\}\/proxy/, code: 500, why: "no preferred addresses found; known addresses: []" },
  { path: /\/services\/\{name\}\/proxy/, code: 503, why: "no endpoints available for service" },
];

let api: TestApi;
let operations: readonly Operation[];
beforeAll(async () => {
  api = await TestApi.start(1);
  operations = await publishedOperations(api);
  await api.request("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
});
afterAll(() => api?.stop());

test("discovery and the documents name the same resources, scopes and verbs", async () => {
  const discovered = new Set(await discoveredVerbs(api));
  const described = new Set(describedVerbs(operations));
  expect(discovered.size).toBeGreaterThan(500);
  expect([...discovered].filter((d) => !described.has(d))).toEqual([]);
  expect([...described].filter((d) => !discovered.has(d))).toEqual([]);
});

describe("every path and verb of the documents", () => {
  let answers: readonly Asked[];
  beforeAll(async () => {
    answers = await walkAll();
  });

  test("is asked for", () => {
    expect(operations.length).toBeGreaterThan(800);
    const asked = new Set(answers.map((a) => nameOf(a.operation)));
    expect(operations.map(nameOf).filter((name) => !asked.has(name))).toEqual([]);
  });
  test("does what it is for, in every form that it is said to take and to make", () => {
    const failed = answers.filter((a) => a.operation.action !== "connect" && (a.code < 200 || a.code > 299));
    expect(failed.map((a) => `${a.call}: ${a.code} ${a.text.slice(0, 300)}`)).toEqual([]);
  });
  test("says why it leads nowhere when there is no node", () => {
    const connects = answers.filter((a) => a.operation.action === "connect");
    expect(connects.length).toBeGreaterThan(40);
    for (const { operation, call, code, text } of connects) {
      const wanted = NO_NODE.find((n) => n.path.test(operation.path));
      expect(code, call).toBe(wanted?.code);
      if (operation.method !== "head") expect(text, call).toContain(wanted?.why);
    }
  });
  test("says of a kind that can be listed and not watched that it is so", async () => {
    expect((await api.request("GET", "/api/v1/componentstatuses?watch=true")).json()).toMatchObject({
      code: 405,
      reason: "MethodNotAllowed",
      message: 'watch is not supported on resources of kind "componentstatuses"',
    });
  });
  test("leaves nothing behind but what waits for a controller", async () => {
    const made = operations.filter((o) => o.action === "list" && !o.path.includes("{namespace}"));
    for (const { path } of made) {
      const items = ((await api.request("GET", path)).json()["items"] ?? []) as { metadata: Left }[];
      const left = items.filter(({ metadata: m }) => m.labels?.["matrix"] !== undefined && m.deletionTimestamp === undefined);
      expect(left, path).toEqual([]);
    }
  });
});

interface Left {
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

/** Resource after resource, a few at once. */
async function walkAll(): Promise<readonly Asked[]> {
  const queue = [...byResource()];
  const answers: Asked[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) answers.push(...(await walk(...next)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}
function byResource(): ReadonlyMap<string, readonly Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const place = placeOf(operation.path);
    const key = place ? `${place.root} ${place.resource}` : "";
    groups.set(key, [...(groups.get(key) ?? []), operation]);
  }
  return groups;
}
async function walk(resource: string, of: readonly Operation[]): Promise<readonly Asked[]> {
  const id = resource
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(-40)
    .replace(/^-/, "");
  const there = resource === "/api/v1 componentstatuses" ? { name: "etcd-0" } : {};
  const one = new Walk({ api, operations: of, id, ...there });
  await prepare(resource, `matrix-${id}`);
  await one.run();
  if (resource.endsWith(" bindings")) await api.request("DELETE", `${within}/pods/matrix-${id}?gracePeriodSeconds=0`);
  return one.answers;
}
const within = "/api/v1/namespaces/default";
/** What an object of the walk needs beside itself. */
async function prepare(resource: string, name: string): Promise<void> {
  if (resource.endsWith(" bindings")) await api.request("POST", `${within}/pods`, { metadata: { name }, ...MINIMAL_OBJECTS["/Pod"] });
  if (resource.endsWith(" services")) await api.request("POST", `${within}/endpoints`, { metadata: { name } });
}
