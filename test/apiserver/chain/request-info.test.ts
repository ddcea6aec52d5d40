import fc from "fast-check";
import { expect, test } from "vitest";
import { requestInfo } from "../../../src/apiserver/chain/index.js";

/** method and URL | verb group/version namespace resource name subresource; "-" is nothing. */
const RESOURCES = `
GET /api/v1/pods | list /v1 - pods - -
GET /api/v1/pods?watch=1 | watch /v1 - pods - -
GET /api/v1/pods?watch=false | list /v1 - pods - -
GET /api/v1/watch/pods | watch /v1 - pods - -
GET /api/v1/watch/namespaces/shop/pods/p | watch /v1 shop pods p -
GET /api/v1/namespaces/shop/pods | list /v1 shop pods - -
GET /api/v1/namespaces/shop/pods/p | get /v1 shop pods p -
HEAD /api/v1/namespaces/shop/pods/p | get /v1 shop pods p -
GET /api/v1/namespaces/shop/pods/p?watch=true | get /v1 shop pods p -
GET /api/v1/namespaces/shop/pods/p/log?follow=true | get /v1 shop pods p log
POST /api/v1/namespaces/shop/pods | create /v1 shop pods - -
POST /api/v1/namespaces//pods | create /v1 - pods - -
POST /api/v1/namespaces/shop/pods/p/binding | create /v1 shop pods p binding
PUT /api/v1/namespaces/shop/pods/p/status | update /v1 shop pods p status
PATCH /api/v1/namespaces/shop/pods/p | patch /v1 shop pods p -
DELETE /api/v1/namespaces/shop/pods/p | delete /v1 shop pods p -
DELETE /api/v1/namespaces/shop/pods | deletecollection /v1 shop pods - -
GET /api/v1/namespaces | list /v1 - namespaces - -
GET /api/v1/namespaces/shop | get /v1 shop namespaces shop -
PUT /api/v1/namespaces/shop/finalize | update /v1 shop namespaces shop finalize
GET /api/v1/namespaces/shop/status | get /v1 shop namespaces shop status
GET /api/v1/nodes/n/proxy/a/b | get /v1 - nodes n proxy
GET /api/v1/proxy/nodes/n | proxy /v1 - nodes n -
GET /apis/apps/v1/deployments | list apps/v1 - deployments - -
PUT /apis/apps/v1/namespaces/shop/deployments/d/scale | update apps/v1 shop deployments d scale
GET /apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab | get rbac.authorization.k8s.io/v1 - clusterroles a:b -
GET /api/v1/pods?fieldSelector=metadata.name%3Dp | list /v1 - pods p -
GET /api/v1/pods?watch=1&fieldSelector=a%3Db,metadata.name%3D%3Dp | watch /v1 - pods p -
GET /api/v1/pods?fieldSelector=metadata.name!%3Dp | list /v1 - pods - -
`;
const rows = RESOURCES.trim()
  .split("\n")
  .map((line) => line.split(" | ") as [string, string]);
test.each(rows)("%s is to %s", (asked, expected) => {
  const [method = "", url = ""] = asked.split(" ");
  const i = requestInfo(method, url);
  const texts = [i.verb, `${i.group}/${i.version}`, i.namespace, i.resource, i.name, i.subresource];
  expect(i.isResource).toBe(true);
  expect(texts.map((t) => t || "-").join(" ")).toBe(expected);
});

test.each([
  "/",
  "/api",
  "/api/v1",
  "/apis",
  "/apis/apps",
  "/apis/apps/v1",
  "/healthz",
  "/openapi/v3/api/v1/pods",
  "/api/v1/watch",
  "/apix/v1/pods",
])("%s is no resource: the verb is the method", (path) => {
  expect(requestInfo("GET", `${path}?x=1`)).toMatchObject({ isResource: false, verb: "get", path, resource: "" });
  expect(requestInfo("POST", path)).toMatchObject({ isResource: false, verb: "post" });
});

test("no URL makes it throw, whatever is escaped how", () => {
  const segment = fc.oneof(
    fc.constantFrom("api", "apis", "v1", "namespaces", "watch", "proxy", "pods", "%", "%2F", "%zz", ""),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(segment), fc.string(), (path, query) => {
      requestInfo("GET", `/${path.join("/")}?${query}`);
    }),
  );
});
