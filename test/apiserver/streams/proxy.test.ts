import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialText, refusedBy } from "../../../src/apiserver/streams/errors.js";
import { withLinks } from "../../../src/apiserver/streams/html.js";
import { headerMap, headersWithout, withoutHops } from "../../../src/apiserver/streams/outgoing.js";
import { proxied, rewritten } from "../../../src/apiserver/streams/proxy.js";

const BASE = "/api/v1/namespaces/default/pods/web:80/proxy";

describe("the path behind a proxy", () => {
  test.each([
    [`${BASE}`, "", ""],
    [`${BASE}?a=1`, "", "?a=1"],
    [`${BASE}/`, "/", ""],
    [`${BASE}/a/b?x=y%20z`, "/a/b", "?x=y%20z"],
    [`${BASE}/a/b/`, "/a/b/", ""],
    [`${BASE}/a%20b/%C3%BC`, "/a%20b/%C3%BC", ""],
    [`${BASE}/a/../../../secret`, "/secret", ""],
    [`${BASE}/api/v1/nodes/n/proxy/x`, "/api/v1/nodes/n/proxy/x", ""],
  ])("%s", (url, path, query) => expect(proxied(url)).toMatchObject({ prefix: BASE, path, query }));
  test("a node's, which has no namespace", () =>
    expect(proxied("/api/v1/nodes/n/proxy/pods")).toMatchObject({ prefix: "/api/v1/nodes/n/proxy", path: "/pods" }));
  test("a namespace that is called proxy misleads nobody", () => {
    expect(proxied("/api/v1/namespaces/proxy/services/proxy/proxy/x")).toMatchObject({
      prefix: "/api/v1/namespaces/proxy/services/proxy/proxy",
      path: "/x",
    });
  });
});

describe("links of an answer", () => {
  const HOSTS = ["10.1.0.5:80", "api.example:6443"];
  test.each([
    ["on the target", "http://10.1.0.5:80/login", `${BASE}/login`],
    ["without a host", "/login/?next=1#top", `${BASE}/login/?next=1#top`],
    ["on the host that the client named", "https://api.example:6443/x", `https://api.example:6443${BASE}/x`],
    ["that lead through the proxy already", `${BASE}/there`, `${BASE}/there`],
    ["elsewhere", "https://elsewhere.example/x", "https://elsewhere.example/x"],
    ["relative ones", "../up", "../up"],
  ])("%s", (_name, link, wanted) => expect(rewritten(link, BASE, HOSTS)).toBe(wanted));
});

describe("links in a page", () => {
  const shown = (html: string) => withLinks(html, (link) => `[${link}]`);
  test.each([
    [
      "in quotes of either kind, and in none",
      `<a href="/x">a</a><A HREF='/y' class=b>b</A><img alt="" src=/z>`,
      `<a href="[/x]">a</a><A HREF='[/y]' class=b>b</A><img alt="" src=[/z]>`,
    ],
    ["with spaces around the sign", `<link rel=x href = "/s.css"/>`, `<link rel=x href = "[/s.css]"/>`],
    ["not in other attributes", `<div href="/x" src="/y"><a name="/z" href>`, `<div href="/x" src="/y"><a name="/z" href>`],
    [
      "not in comments, scripts and texts",
      `<!-- <a href="/x"> --><script src="/s">"<a href='/x'>"</script> 1 < 2 <p>`,
      `<!-- <a href="/x"> --><script src="[/s]">"<a href='/x'>"</script> 1 < 2 <p>`,
    ],
    ["not in a tag that never ends", `<a href="/x"><a href="/y`, `<a href="[/x]"><a href="/y`],
    ["two in one tag", `<video poster=/p src="/v">`, `<video poster=[/p] src="[/v]">`],
  ])("%s", (_name, html, wanted) => expect(shown(html)).toBe(wanted));
  test("whatever the page is, nothing but links changes, and it takes no longer than its length", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("<", ">", "a", " ", "=", '"', "'", "/", "!", "-", "href", "<a href=", "<script>", "</script>") }),
        (html) => {
          expect(withLinks(html, (link) => link)).toBe(html);
        },
      ),
    );
    for (const hostile of ["<", "<a ", '<a href="', "<!--", "<script>", "<a href='/x", "<script></script", "<a =/"]) {
      const began = performance.now();
      withLinks(hostile.repeat(200_000), (link) => link);
      expect([hostile, performance.now() - began < 2_000]).toEqual([hostile, true]);
    }
  });
});

describe("headers", () => {
  test("what concerns one connection stays there, also what Connection names", () => {
    expect(withoutHops(["Accept", "*/*", "Connection", "close, X-Private", "X-Private", "1", "TE", "trailers", "Upgrade", "h2c"])).toEqual([
      "Accept",
      "*/*",
    ]);
  });
  test("a repeated one stays repeated", () => {
    expect(headerMap(["Set-Cookie", "a=1", "set-cookie", "b=2", "X", "y"])).toEqual(
      new Map<string, unknown>([
        ["set-cookie", ["a=1", "b=2"]],
        ["x", "y"],
      ]),
    );
    expect(headerMap(["X", Buffer.from("ü").toString("latin1")]).get("x")).toBe("ü");
    expect(headersWithout(["A", "1", "B", "2"], (n) => n === "a")).toEqual(["B", "2"]);
  });
});

describe("why a place cannot be reached", () => {
  const error = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });
  const place = { host: "n", port: 10_250 };
  test.each([
    [
      "nobody listens",
      error("ECONNREFUSED", { address: "10.0.0.1", port: 10_250 }),
      "dial tcp 10.0.0.1:10250: connect: connection refused",
    ],
    [
      "on no address of several",
      error("ECONNREFUSED", { errors: [error("ECONNREFUSED", { address: "::1", port: 1 })] }),
      "dial tcp [::1]:1: connect: connection refused",
    ],
    ["no such name", error("ENOTFOUND"), "dial tcp: lookup n: no such host"],
    ["it takes too long", error("ETIMEDOUT"), "dial tcp n:10250: i/o timeout"],
    ["it closes at once", error("ECONNRESET"), "EOF"],
    ["it does not speak TLS", error("EPROTO"), "tls: first record does not look like a TLS handshake"],
  ])("%s", (_name, why, text) => expect(dialText(why, place)).toBe(text));

  const LOG = { group: "", resource: "pods/log" };
  test.each([
    [404, 404, "NotFound", "the server could not find the requested resource ( pods/log web)"],
    [401, 401, "Unauthorized", "the server has asked for the client to provide credentials ( pods/log web)"],
    [403, 403, "Forbidden", "why ( pods/log web)"],
    [502, 502, "InternalError", 'an error on the server ("why") has prevented the request from succeeding ( pods/log web)'],
  ])("a node's %i", (code, told, reason, message) =>
    expect(refusedBy(code, "why", LOG, "web").status).toMatchObject({ code: told, reason, message }),
  );
});
