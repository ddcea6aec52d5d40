import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { documentV3, encodeDocument, groupOf, OpenApi } from "../../../src/apiserver/openapi/index.js";
import { builtinRows, ResourceTable } from "../../../src/apiserver/resources/index.js";
import { Reader } from "../../../src/wire/index.js";
import { answered, asked } from "../asked.js";

const NOW = Date.parse("2024-05-01T12:00:00Z");
const table = new ResourceTable(builtinRows);
const openApi = new OpenApi(table, () => NOW);
async function get(url: string, headers: Readonly<Record<string, string>> = {}) {
  const { request, info } = asked(url, headers);
  return answered(await openApi.answer(request, info));
}
type Index = { readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>> };
const index = async (): Promise<Index> => JSON.parse((await get("/openapi/v3")).text) as Index;

test("the index leads to a document for every group and version, at an address that never changes its content", async () => {
  const { paths } = await index();
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(["api", "api/v1", "apis", "apis/apps", "apis/apps/v1", "apis/autoscaling/v2", "version"]),
  );
  const url = paths["apis/apps/v1"]?.serverRelativeURL ?? "";
  expect(url).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
  const document = await get(url);
  expect(document.code).toBe(200);
  expect(document.header("cache-control")).toBe("public, immutable");
  expect(document.header("expires")).toBe("Thu, 01 May 2025 12:00:00 GMT");
  expect(document.header("etag")).toBe(`"${url.slice(url.indexOf("=") + 1)}"`);
});
test("without a hash nobody is told to keep it, with a wrong one they are sent on", async () => {
  expect((await get("/openapi/v3/apis/apps/v1")).header("cache-control")).toBeUndefined();
  const { paths } = await index();
  const moved = await get("/openapi/v3/apis/apps/v1?hash=OLD");
  expect([moved.code, moved.header("location")]).toEqual([301, paths["apis/apps/v1"]?.serverRelativeURL]);
});
test("who has it is not sent it again", async () => {
  for (const url of ["/openapi/v2", "/openapi/v3", "/openapi/v3/api/v1"]) {
    const etag = (await get(url)).header("etag") ?? "";
    const again = await get(url, { "if-none-match": etag });
    expect([again.code, again.bytes.length]).toEqual([304, 0]);
  }
});
test("it is sent as it is kept to those who take it so", async () => {
  const plain = await get("/openapi/v3/apis/apps/v1");
  const zipped = await get("/openapi/v3/apis/apps/v1", { "accept-encoding": "gzip" });
  expect(zipped.header("content-encoding")).toBe("gzip");
  expect(gunzipSync(zipped.bytes).equals(Buffer.from(plain.bytes))).toBe(true);
});
test("forms are negotiated; others are not made", async () => {
  const old = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  expect((await get("/openapi/v2", { accept: old })).header("content-type")).toBe(
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  );
  expect((await get("/openapi/v2", { accept: `text/html, ${old}` })).code).toBe(200);
  expect((await get("/openapi/v2", { accept: "text/html" })).code).toBe(406);
  expect((await get("/openapi/v3/api/v1", { accept: "application/yaml" })).code).toBe(406);
});
test("a kind that comes or goes changes the documents", async () => {
  const rows = new ResourceTable(builtinRows);
  const changing = new OpenApi(rows, () => NOW);
  const etag = async () => {
    const { request, info } = asked("/openapi/v3/apis/apps/v1");
    return answered(await changing.answer(request, info)).header("etag");
  };
  const before = await etag();
  expect(await etag()).toBe(before);
  rows.delete("apps", "daemonsets");
  expect(await etag()).not.toBe(before);
});

// ---------------------------------------------------------------- protobuf, read back without the writer's tables

interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
}
function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const r = Reader.create(bytes);
  const fields: Field[] = [];
  while (r.pos < r.len) {
    const tag = r.uint32();
    if ((tag & 7) === 2) fields.push({ number: tag >>> 3, bytes: r.bytes() });
    else {
      const from = r.pos;
      r.skipType(tag & 7);
      fields.push({ number: tag >>> 3, bytes: bytes.subarray(from, r.pos) });
    }
  }
  return fields;
}
const inside = (bytes: Uint8Array, ...path: readonly number[]): readonly Uint8Array[] =>
  path.reduce<readonly Uint8Array[]>(
    (found, number) =>
      found.flatMap((b) =>
        fieldsOf(b)
          .filter((f) => f.number === number)
          .map((f) => f.bytes),
      ),
    [bytes],
  );
const texts = (found: readonly Uint8Array[]): readonly string[] => found.map((b) => Buffer.from(b).toString());

test("the second version's protobuf holds its paths, types and extensions where gnostic reads them", async () => {
  const json = JSON.parse((await get("/openapi/v2")).text) as { paths: object; definitions: Record<string, { required?: string[] }> };
  const { bytes } = await get("/openapi/v2", { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf" });
  expect(texts(inside(bytes, 1))).toEqual(["2.0"]);
  expect(texts(inside(bytes, 8, 2, 1))).toEqual(Object.keys(json.paths));
  expect(texts(inside(bytes, 9, 1, 1))).toEqual(Object.keys(json.definitions));
  const port = inside(bytes, 9, 1).find((d) => texts(inside(d, 1))[0] === "io.k8s.api.core.v1.ContainerPort") as Uint8Array;
  expect(texts(inside(port, 2, 19))).toEqual(["containerPort"]);
  expect(texts(inside(port, 2, 22, 1))).toEqual(["object"]);
  expect(texts(inside(port, 2, 25, 1, 1))).toEqual(["containerPort", "hostIP", "hostPort", "name", "protocol"]);
  const pod = inside(bytes, 9, 1).find((d) => texts(inside(d, 1))[0] === "io.k8s.api.core.v1.Pod") as Uint8Array;
  expect(texts(inside(pod, 2, 31, 1))).toEqual(["x-kubernetes-group-version-kind"]);
  expect(JSON.parse(texts(inside(pod, 2, 31, 2, 2))[0] as string)).toEqual([{ group: "", version: "v1", kind: "Pod" }]);
});
test("the third version's protobuf holds patch's parameters and a field's default", () => {
  const group = groupOf("api/v1", builtinRows);
  const bytes = encodeDocument(documentV3(group ?? { name: "", routes: [] }, builtinRows), 3);
  const item = inside(bytes, 4, 1).find((p) => texts(inside(p, 1))[0] === "/api/v1/namespaces/{namespace}/pods/{name}") as Uint8Array;
  expect(texts(inside(item, 2, 10, 6, 1, 1))).toContain("fieldValidation");
  const port = inside(bytes, 5, 1, 1).find((d) => texts(inside(d, 1))[0] === "io.k8s.api.core.v1.ContainerPort") as Uint8Array;
  const protocol = inside(port, 2, 1, 31, 1).find((p) => texts(inside(p, 1))[0] === "protocol") as Uint8Array;
  expect(texts(inside(protocol, 2, 1, 33, 3))).toEqual(["TCP"]);
});
