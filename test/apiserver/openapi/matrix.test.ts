import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { documentV2 } from "../../../src/apiserver/openapi/index.js";
import { builtinRows } from "../../../src/apiserver/resources/index.js";
import { DATA } from "../../kube/schema/data.js";

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly schema?: object }>>;
  readonly "x-kubernetes-action"?: string;
  readonly "x-kubernetes-group-version-kind"?: object;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] }>>;
  readonly definitions: Readonly<Record<string, Definition>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
}
interface Definition {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}
const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];
const ours = documentV2(builtinRows) as unknown as Document;
const theirs = (
  DATA === undefined
    ? { paths: {}, definitions: {}, parameters: {} }
    : JSON.parse(gunzipSync(readFileSync(join(DATA, "kubernetes-openapi-1.36.json.gz"))).toString())
) as Document;

/** What a client can tell of an operation, in a form that compares: references followed, names sorted. */
function facts(document: Document, path: string, method: string): object {
  const item = document.paths[path] ?? {};
  const operation = item[method] as Operation;
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => {
    const own = p.$ref === undefined ? p : (document.parameters[p.$ref.split("/").at(-1) as string] as Parameter);
    return `${own.in} ${own.name}`;
  });
  return {
    id: operation.operationId,
    action: operation["x-kubernetes-action"],
    kind: operation["x-kubernetes-group-version-kind"],
    parameters: [...new Set(parameters)].sort(),
    answers: Object.fromEntries(Object.entries(operation.responses).map(([code, r]) => [code, r.schema])),
  };
}

/** "path-pattern  reason"; a * stands for anything. */
const reasons = readFileSync(join(import.meta.dirname, "not-served.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [pattern = "", ...why] = line.split(/ {2,}/);
    return {
      pattern: new RegExp(`^${pattern.replace(/[.{}+?()[\]|\\^$]/g, "\\$&").replaceAll("*", ".*")}$`),
      why: why.join(" "),
      text: pattern,
    };
  });
const reasonFor = (path: string, method: string) => reasons.find((r) => r.pattern.test(`${method} ${path}`));

describe.skipIf(DATA === undefined)("every path and verb of the original's document", () => {
  const recorded = Object.keys(theirs.paths).flatMap((path) =>
    METHODS.filter((m) => theirs.paths[path]?.[m]).map((m) => [m, path] as const),
  );
  const differ = recorded.filter(([method, path]) => !ours.paths[path]?.[method]);

  test("is in ours, or is listed with its reason", () => {
    expect(recorded.length).toBeGreaterThan(900);
    expect(differ.filter(([method, path]) => reasonFor(path, method) === undefined)).toEqual([]);
  });
  test("and no reason is stale", () => {
    for (const { pattern, text, why } of reasons) {
      expect(why, text).not.toBe("");
      expect(
        differ.some(([method, path]) => pattern.test(`${method} ${path}`)),
        text,
      ).toBe(true);
    }
  });
  test("has the same id, action, kind, parameters and answers", () => {
    const both = recorded.filter(([method, path]) => ours.paths[path]?.[method]);
    for (const [method, path] of both) expect(facts(ours, path, method), `${method} ${path}`).toEqual(facts(theirs, path, method));
  });
  test("and there is nothing that the original does not have", () => {
    const mine = Object.keys(ours.paths).flatMap((path) => METHODS.filter((m) => ours.paths[path]?.[m]).map((m) => `${m} ${path}`));
    expect(mine.filter((one) => !recorded.some(([m, p]) => `${m} ${p}` === one))).toEqual([]);
  });
});

/** A property without what each project says in its own words, what the recorded document was stripped of, and what is the default. */
function shape(property: object): object {
  const { type } = property as { type?: string };
  const kept = (key: string, value: unknown): unknown => {
    if (key === "description" || key === "enum") return undefined;
    if (value === "granular") return undefined;
    if (key === "x-kubernetes-list-type" && type === "string") return undefined;
    return key === "required" && Array.isArray(value) ? [...value].sort() : value;
  };
  return JSON.parse(JSON.stringify(property, kept)) as object;
}
const isAtomicList = (p: object): boolean => (p as { "x-kubernetes-list-type"?: string })["x-kubernetes-list-type"] === "atomic";
describe.skipIf(DATA === undefined)("every type of ours", () => {
  const names = Object.keys(ours.definitions);
  test("is one of the original's", () => {
    expect(names.length).toBeGreaterThan(500);
    expect(names.filter((n) => !theirs.definitions[n])).toEqual([]);
  });
  test.each(names.filter((n) => theirs.definitions[n]))("%s", (name) => {
    const { properties: mine = {}, ...own } = ours.definitions[name] as Definition;
    const { properties: other = {}, ...original } = theirs.definitions[name] as Definition;
    expect(shape(sortKinds(own))).toEqual(shape(sortKinds(original)));
    expect(Object.keys(mine).sort()).toEqual(Object.keys(other).sort());
    for (const key of Object.keys(mine)) {
      const [a, b] = [mine[key] as object, other[key] as object];
      // The original leaves it unsaid of some lists; atomic is what it then means.
      const said = isAtomicList(a) && !("x-kubernetes-list-type" in b) ? { ...b, "x-kubernetes-list-type": "atomic" } : b;
      expect(shape(a), key).toEqual(shape(said));
    }
  });
});
/** Kinds of every version there are, in the original those too that are not served. */
function sortKinds(definition: object): object {
  const kinds = (definition as { "x-kubernetes-group-version-kind"?: readonly object[] })["x-kubernetes-group-version-kind"] ?? [];
  return kinds.length > 1 ? { ...definition, "x-kubernetes-group-version-kind": "many" } : definition;
}
