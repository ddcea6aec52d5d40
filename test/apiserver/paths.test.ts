import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HEALTH_CHECKS, type HealthFacts, healthPaths, isHealthPath } from "../../src/apiserver/health.js";
import { indexPath, issuerPaths } from "../../src/apiserver/paths.js";
import type { User } from "../../src/apiserver/resources/index.js";
import { builtinRows, ResourceTable } from "../../src/apiserver/resources/index.js";
import { DATA } from "../kube/schema/data.js";
import { answered, asked } from "./asked.js";

const USER: User = { name: "u", uid: "", groups: [], extra: new Map() };
const FINE: HealthFacts = { isReady: () => true, isStopping: () => false, storeAnswers: () => Promise.resolve(true) };
async function probe(url: string, facts: Partial<HealthFacts> = {}) {
  const { request, info } = asked(url);
  return answered(await healthPaths({ ...FINE, ...facts })(request, info, USER));
}
const recorded =
  DATA !== undefined && existsSync(join(DATA, "endpoints-1.36.json"))
    ? (JSON.parse(readFileSync(join(DATA, "endpoints-1.36.json"), "utf8")) as Readonly<Record<string, readonly string[]>>)
    : undefined;

test.skipIf(recorded === undefined).each(["healthz", "livez", "readyz"] as const)(
  "%s has the checks that probes know by name, in their order",
  (root) => {
    expect(HEALTH_CHECKS[root].map((c) => c.name)).toEqual(recorded?.[root]);
  },
);
test.skipIf(recorded === undefined)("the index lists what the original's lists, but for pages that are not served", async () => {
  const { request, info } = asked("/");
  const made = answered(await indexPath(new ResourceTable(builtinRows))(request, info, USER));
  const { paths } = JSON.parse(made.text) as { paths: string[] };
  expect(recorded?.["index"]?.filter((p) => !paths.includes(p))).toEqual(["/flagz", "/metrics/slis", "/statusz"]);
  expect(paths.filter((p) => !recorded?.["index"]?.includes(p))).toEqual([]);
});

test("who is well says ok, and more only when asked", async () => {
  expect(await probe("/livez")).toMatchObject({ code: 200, text: "ok" });
  const { text } = await probe("/livez?verbose");
  expect(text.split("\n")[0]).toBe("[+]ping ok");
  expect(text).toMatch(/\nlivez check passed\n$/);
});
test("who is not well says in which point, and never why", async () => {
  const sick = await probe("/livez", { storeAnswers: () => Promise.resolve(false) });
  expect(sick.code).toBe(500);
  expect(sick.text).toContain("[-]etcd failed: reason withheld\n");
  expect(sick.text).toMatch(/\nlivez check failed\n$/);
});
test("checks can be left out, and unknown ones are named", async () => {
  const { code, text } = await probe("/livez?exclude=etcd&exclude=b&exclude=a&verbose", { storeAnswers: () => Promise.resolve(false) });
  expect(code).toBe(200);
  expect(text).toContain("[+]etcd excluded: ok\n");
  expect(text).toContain('warn: some health checks cannot be excluded: no matches for "a","b"\n');
});
test("one check can be asked for alone", async () => {
  expect((await probe("/healthz/etcd")).text).toBe("ok");
  expect((await probe("/healthz/poststarthook/rbac/bootstrap-roles", { isReady: () => false })).code).toBe(500);
  expect((await probe("/healthz/nothing")).code).toBe(404);
});
test("a server that stops, or whose store has no quorum, is not ready", async () => {
  expect((await probe("/readyz")).code).toBe(200);
  expect((await probe("/readyz", { isStopping: () => true })).text).toContain("[-]shutdown failed");
  expect((await probe("/readyz", { storeAnswers: () => Promise.resolve(false) })).code).toBe(500);
});
test("probes are known before anything else is", () => {
  expect(["/livez", "/readyz/ping", "/healthz"].every(isHealthPath)).toBe(true);
  expect(["/livezz", "/api", "/"].some(isHealthPath)).toBe(false);
});

test("the token issuer's keys are found from its own document", async () => {
  const handler = issuerPaths({ issuer: "https://issuer", address: "https://10.0.0.1:6443", keys: { keys: [] } });
  const document = asked("/.well-known/openid-configuration");
  const said = answered(await handler(document.request, document.info, USER));
  expect(JSON.parse(said.text)).toMatchObject({ issuer: "https://issuer", jwks_uri: "https://10.0.0.1:6443/openid/v1/jwks" });
  const keys = asked("/openid/v1/jwks");
  const found = answered(await handler(keys.request, keys.info, USER));
  expect([found.header("content-type"), found.header("cache-control")]).toEqual(["application/jwk-set+json", "public, max-age=3600"]);
});
