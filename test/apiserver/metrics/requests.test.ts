import { expect, test } from "vitest";
import { textResponse } from "../../../src/apiserver/chain/index.js";
import { RequestMetrics, text } from "../../../src/apiserver/metrics/index.js";
import { builtinRows, ResourceTable } from "../../../src/apiserver/resources/index.js";
import type { Clock } from "../../../src/host/index.js";
import { asked } from "../asked.js";

function metrics() {
  let now = 0;
  const clock: Clock = { monotonicMs: () => now, wallMs: () => now, after: () => ({ cancel: () => {} }), soon: () => {} };
  const of = new RequestMetrics(clock, new ResourceTable(builtinRows));
  return {
    pass: (ms: number) => {
      now += ms;
    },
    begin: (url: string, method = "GET", headers = {}) => {
      const { request, info } = asked(url, headers, method);
      return of.begin(request, info);
    },
    lines: () => text(of.families()).split("\n"),
  };
}
const OK = textResponse(200, "ok");
const labels = (verb: string, scope: string) =>
  `component="apiserver",group="apps",resource="deployments",scope="${scope}",subresource="",verb="${verb}",version="v1",dry_run=""`;

test("a request is counted by what it asked for, and by how long it took", () => {
  const m = metrics();
  const done = m.begin("/apis/apps/v1/namespaces/a/deployments");
  expect(m.lines()).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1');
  m.pass(30);
  done(OK);
  expect(m.lines()).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 0');
  expect(m.lines()).toContain(`apiserver_request_total{code="200",${labels("LIST", "namespace")}} 1`);
  expect(m.lines()).toContain(`apiserver_request_duration_seconds_bucket{${labels("LIST", "namespace")},le="0.025"} 0`);
  expect(m.lines()).toContain(`apiserver_request_duration_seconds_bucket{${labels("LIST", "namespace")},le="0.05"} 1`);
  expect(m.lines()).toContain(`apiserver_request_duration_seconds_bucket{${labels("LIST", "namespace")},le="+Inf"} 1`);
  expect(m.lines()).toContain(`apiserver_request_duration_seconds_sum{${labels("LIST", "namespace")}} 0.03`);
});
test.each([
  ["/apis/apps/v1/namespaces/a/deployments", "POST", {}, "POST", "resource"],
  ["/apis/apps/v1/namespaces/a/deployments/d", "PATCH", { "content-type": "application/apply-patch+yaml" }, "APPLY", "resource"],
  ["/apis/apps/v1/namespaces/a/deployments/d", "PATCH", { "content-type": "application/merge-patch+json" }, "PATCH", "resource"],
  ["/apis/apps/v1/namespaces/a/deployments", "DELETE", {}, "DELETECOLLECTION", "namespace"],
  ["/apis/apps/v1/deployments", "GET", {}, "LIST", "cluster"],
])("%s by %s %j is a %s", (url, method, headers, verb, scope) => {
  const m = metrics();
  m.begin(url, method, headers)(OK);
  expect(m.lines()).toContain(`apiserver_request_total{code="200",${labels(verb, scope)}} 1`);
});

test("a watch runs until one of the two sides ends it, and is counted once", () => {
  const m = metrics();
  const watch = m.begin("/apis/apps/v1/deployments?watch=1");
  const running = `apiserver_longrunning_requests{${labels("WATCH", "cluster").replace(',dry_run=""', "")}}`;
  expect(m.lines()).toContain(`${running} 1`);
  expect(m.lines()).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 0');
  let closed = 0;
  const response = watch({ kind: "stream", code: 200, headers: new Map(), start: () => ({ drained: () => {}, closed: () => closed++ }) });
  if (response.kind !== "stream") throw new Error("a stream stays one");
  const handlers = response.start({ write: () => true, end: () => {}, queuedBytes: 0 });
  m.pass(2_000);
  handlers.closed();
  handlers.closed();
  expect(closed).toBe(2);
  expect(m.lines()).toContain(`${running} 0`);
  expect(m.lines()).toContain(`apiserver_request_total{code="200",${labels("WATCH", "cluster")}} 1`);
});

test("what clients make up becomes no series", () => {
  const m = metrics();
  for (let i = 0; i < 100; i++) {
    m.begin(`/apis/made.up${i}/v1/things${i}/x`)(textResponse(404, ""));
    m.begin(`/nowhere${i}`, `M${i}`)(textResponse(404, ""));
    m.begin(`/apis/apps/v1/namespaces/a/deployments/d/sub${i}`)(textResponse(404, ""));
  }
  expect(m.lines().filter((l) => l.startsWith("apiserver_request_total{"))).toHaveLength(3);
});
