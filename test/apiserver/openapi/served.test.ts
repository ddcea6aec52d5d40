import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { documentV2 } from "../../../src/apiserver/openapi/index.js";
import { builtinRows } from "../../../src/apiserver/resources/index.js";
import { TestApi } from "../../kit/api.js";

const PROGRAM = process.env["TRIMAST_CLI"] ?? resolve(import.meta.dirname, "../../../dist/trimast.js");
let api: TestApi;
beforeAll(async () => {
  if (existsSync(PROGRAM)) api = await TestApi.start(1);
});
afterAll(async () => {
  await api?.stop();
});

type Paths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const { paths } = documentV2(builtinRows) as unknown as { paths: Paths };
/** Something must be there to be read; what is written has no meaning, and is refused for that and nothing else. */
const filled = (path: string): string =>
  path
    .replace("{namespace}", "default")
    .replace("{name}", "no-such-name")
    .replace("{path}", "x")
    .replace(/(?<!^)\/$/, "");
const METHODS = ["get", "put", "post", "delete", "patch"];
const operations = Object.keys(paths).flatMap((path) => METHODS.filter((m) => paths[path]?.[m]).map((method) => ({ path, method })));

test("every path and verb of the document is served: refused for its content at most", async () => {
  const unserved: string[] = [];
  const ask = async ({ path, method }: { path: string; method: string }): Promise<void> => {
    const watches = path.includes("/watch/");
    const deletesAll = method === "delete" && !path.includes("{name}");
    const query = watches ? "?timeoutSeconds=1" : deletesAll ? "?labelSelector=no-such-label&dryRun=All" : "?dryRun=All";
    const body = method === "get" || method === "delete" ? undefined : "{";
    const type = method === "patch" ? { "content-type": "application/merge-patch+json" } : {};
    const answer = await api.request(method.toUpperCase(), filled(path) + query, body, type);
    const missing = answer.code === 404 && !answer.text.includes("no-such-name");
    if (missing || answer.code === 405 || answer.code >= 500)
      unserved.push(`${method} ${path}: ${answer.code} ${answer.text.slice(0, 120)}`);
  };
  const queue = operations.filter(({ path }) => !path.includes("/watch/") || path.includes("pods"));
  for (let i = 0; i < queue.length; i += 8) await Promise.all(queue.slice(i, i + 8).map(ask));
  expect(unserved).toEqual([]);
});
