import { describe, expect, test } from "vitest";
import type { ObjectReader } from "../../../src/apiserver/resources/index.js";
import {
  containerOf,
  isGlobalUnicast,
  nodePlace,
  nodeProxyPlace,
  podOf,
  podProxyPlace,
  serviceProxyPlace,
} from "../../../src/apiserver/streams/location.js";
import { type KubeObject, StatusError } from "../../../src/kube/meta/index.js";

const reader = (objects: Readonly<Record<string, object>>): ObjectReader => ({
  get: async (_group, resource, namespace, name) => objects[`${resource}/${namespace}/${name}`] as KubeObject | undefined,
  list: async () => [],
});
const said = async (answer: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  try {
    await (typeof answer === "function" ? answer() : answer);
  } catch (error) {
    if (error instanceof StatusError) return `${error.status.code} ${error.status.message}`;
  }
  return "nothing was said";
};
const pod = (containers: readonly object[], more: object = {}) => ({ metadata: { name: "web" }, spec: { containers, ...more } }) as never;
const address = (type: string, value: string) => ({ type, address: value });

describe("a pod's container", () => {
  const two = pod([{ name: "a" }, { name: "b" }], { initContainers: [{ name: "init" }], ephemeralContainers: [{ name: "debug" }] });
  test("the only one is meant when none is named", () => expect(containerOf(pod([{ name: "a" }]), "")).toBe("a"));
  test.each(["a", "b", "init", "debug"])("%s is found by its name", (name) => expect(containerOf(two, name)).toBe(name));
  test("of several one must be named", async () => {
    expect(await said(() => containerOf(two, ""))).toBe(
      "400 a container name must be specified for pod web, choose one of: [init a b debug]",
    );
    expect(await said(() => containerOf(two, "c"))).toBe("400 container c is not valid for pod web");
  });
});

describe("a node's endpoint", () => {
  const node = (addresses: readonly object[], port?: number) =>
    reader({ "nodes//n": { status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port: port } } } } });
  test.each([
    ["the host's name first", [address("InternalIP", "10.0.0.1"), address("Hostname", "h")], "h"],
    ["then the inner address", [address("ExternalIP", "1.2.3.4"), address("InternalIP", "10.0.0.1")], "10.0.0.1"],
    ["an inner name before it", [address("InternalIP", "10.0.0.1"), address("InternalDNS", "n.internal")], "n.internal"],
  ])("%s", async (_name, addresses, host) => {
    expect(await nodePlace(node(addresses, 1234), "n")).toEqual({ scheme: "https", host, port: 1234, isNode: true });
  });
  test("without a port it is the kubelet's", async () =>
    expect((await nodePlace(node([address("Hostname", "h")]), "n")).port).toBe(10_250));
  test("no address, no node, no pod", async () => {
    expect(await said(nodePlace(node([address("Other", "x")]), "n"))).toBe(
      "500 no preferred addresses found; known addresses: [{Other x}]",
    );
    expect(await said(nodePlace(reader({}), "n"))).toBe('404 nodes "n" not found');
    expect(await said(podOf(reader({}), "ns", "web"))).toBe('404 pods "web" not found');
  });
});

describe("where a proxy leads", () => {
  const web = {
    metadata: { name: "web" },
    spec: { containers: [{ name: "a" }, { name: "b", ports: [{ containerPort: 8080 }] }] },
    status: { podIPs: [{ ip: "10.1.0.5" }] },
  };
  const service = { spec: { ports: [{ name: "http", port: 80 }] } };
  const endpoints = {
    subsets: [
      {
        addresses: [
          { ip: "10.1.0.9", targetRef: { namespace: "d", name: "gone" } },
          { ip: "10.1.0.5", targetRef: { namespace: "d", name: "web" } },
        ],
        ports: [{ name: "http", port: 8080 }],
      },
    ],
  };
  const all = reader({
    "pods/d/web": web,
    "pods/d/local": { ...web, status: { podIPs: [{ ip: "127.0.0.1" }] } },
    "pods/d/fresh": { ...web, status: {} },
    "services/d/s": service,
    "endpoints/d/s": endpoints,
    "endpoints/d/none": {},
    "nodes//n": { status: { addresses: [address("InternalIP", "192.0.2.7")], daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } } },
    "nodes//here": { status: { addresses: [address("Hostname", "127.0.0.1")] } },
  });
  test.each([
    ["web", "http", 8080],
    ["web:90", "http", 90],
    ["https:web:443", "https", 443],
    ["https:web:", "https", 8080],
  ])("pod %s", async (id, scheme, port) =>
    expect(await podProxyPlace(all, "d", id)).toEqual({ scheme, host: "10.1.0.5", port, isNode: false }),
  );
  test.each(["s:http", "s:80"])("service %s: an endpoint that is a pod", async (id) => {
    for (const first of [0, 1])
      expect(await serviceProxyPlace(all, "d", id, (n) => first % n)).toEqual({
        scheme: "http",
        host: "10.1.0.5",
        port: 8080,
        isNode: false,
      });
  });
  test("node: its endpoint with the apiserver's certificate, another port without", async () => {
    expect(await nodeProxyPlace(all, "n")).toEqual({ scheme: "https", host: "192.0.2.7", port: 10_250, isNode: true });
    expect(await nodeProxyPlace(all, "n:10250")).toMatchObject({ isNode: true });
    expect(await nodeProxyPlace(all, "http:n:9100")).toEqual({ scheme: "http", host: "192.0.2.7", port: 9100, isNode: false });
  });
  test.each([
    ["a pod on loopback", () => podProxyPlace(all, "d", "local"), "400 address not allowed"],
    ["a pod without an address", () => podProxyPlace(all, "d", "fresh"), "400 address not allowed"],
    ["a node on loopback", () => nodeProxyPlace(all, "here"), "400 address not allowed"],
    ["a name that is none", () => podProxyPlace(all, "d", "ftp:web:80"), '400 invalid pod request "ftp:web:80"'],
    ["too many parts", () => nodeProxyPlace(all, "a:b:c:d"), '400 invalid node request "a:b:c:d"'],
    ["a port that the service has not", () => serviceProxyPlace(all, "d", "s:81", () => 0), '503 no service port 81 found for service "s"'],
    ["an unnamed port where all have names", () => serviceProxyPlace(all, "d", "s", () => 0), '503 no endpoints available for service "s"'],
    ["no endpoints", () => serviceProxyPlace(all, "d", "none", () => 0), '503 no endpoints available for service "none"'],
    ["no service", () => serviceProxyPlace(all, "d", "missing", () => 0), '404 endpoints "missing" not found'],
  ])("%s is refused", async (_name, asked, text) => expect(await said(asked())).toBe(text));

  test("only addresses that can belong to somebody else are let through", () => {
    expect(["10.0.0.1", "8.8.8.8", "fd00::1", "2001:db8::1"].map(isGlobalUnicast)).toEqual([true, true, true, true]);
    const others = [
      "127.0.0.1",
      "0.0.0.0",
      "169.254.169.254",
      "224.0.0.1",
      "255.255.255.255",
      "::1",
      "::",
      "fe80::1",
      "ff02::1",
      "::ffff:127.0.0.1",
      "name",
      "",
    ];
    expect(others.filter(isGlobalUnicast)).toEqual([]);
  });
});
