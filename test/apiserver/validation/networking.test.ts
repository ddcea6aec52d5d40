import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const GROUP = "networking.k8s.io";

describe("ingresses", () => {
  const ingresses = kindOf(GROUP, "Ingress");
  const service = { service: { name: "web", port: { number: 80 } } };
  const rule = (path: object, host = "a.example.com") => ({
    spec: { rules: [{ host, http: { paths: [{ backend: service, ...path }] } }] },
  });
  const at = "spec.rules[0].http.paths[0]";
  const cases = [
    {
      name: "there is something to lead to",
      body: { spec: {} },
      told: ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"],
    },
    {
      name: "a path has a type, and without one nothing else is looked at",
      body: rule({ backend: {} }),
      told: [`${at}.pathType: Required value: pathType must be specified`],
    },
    {
      name: "an exact path has no tricks in it",
      body: rule({ pathType: "Exact", path: "/a//b/.." }),
      told: [
        `${at}.path: Invalid value: "/a//b/..": must not contain '//'`,
        `${at}.path: Invalid value: "/a//b/..": cannot end with '/..'`,
      ],
    },
    { name: "what an implementation understands is its own", body: rule({ pathType: "ImplementationSpecific", path: "/a//b" }), told: [] },
    {
      name: "a host is no address",
      body: rule({ pathType: "Prefix", path: "/" }, "10.0.0.1"),
      told: ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
    },
    {
      name: "a backend is a service or a resource",
      body: { spec: { defaultBackend: { ...service, resource: { kind: "Bucket", name: "b" } } } },
      told: ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
    },
    {
      name: "a port has a name or a number",
      body: { spec: { defaultBackend: { service: { name: "web", port: { name: "http", number: 80 } } } } },
      told: ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
    },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(ingresses.created(body)).toEqual(told));

  const classed = { metadata: { name: "x", namespace: "n", annotations: { "kubernetes.io/ingress.class": "a" } } };
  test("an annotation and the class agree when an ingress is made, and later need not", () => {
    const both = { ...classed, spec: { defaultBackend: service, ingressClassName: "b" } };
    const why = "must match `ingressClassName` when both are specified";
    expect(ingresses.created(both)).toEqual([`annotations.kubernetes.io/ingress.class: Invalid value: "a": ${why}`]);
    expect(ingresses.updated(both, both)).toEqual([]);
  });
  test("the annotation alone is warned of once", () => {
    const alone = { ...classed, spec: { defaultBackend: service } };
    expect(ingresses.warnings(alone)).toEqual([
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ]);
    expect(ingresses.warnings(alone, alone)).toEqual([]);
  });
  test("a bad secret name that is stored stays good", () => {
    const bad = { spec: { defaultBackend: service, tls: [{ secretName: "B_D" }] } };
    expect(ingresses.created(bad)).toHaveLength(1);
    expect(ingresses.updated(bad, bad)).toEqual([]);
  });
  test("a balancer's name is no address", () => {
    const status = (hostname: string) => ({ status: { loadBalancer: { ingress: [{ hostname }] } } });
    expect(ingresses.part("status", status("10.0.0.1"), {})).toEqual([
      'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
  });
});

describe("ingress classes", () => {
  const classes = kindOf(GROUP, "IngressClass");
  const of = (parameters: object) => ({
    metadata: { name: "x" },
    spec: { controller: "a.io/b", parameters: { kind: "K", name: "n", ...parameters } },
  });
  test("parameters in a namespace say which", () => {
    expect(classes.created(of({ scope: "Namespace" }))).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
    expect(classes.created(of({ scope: "Cluster", namespace: "n" }))).toEqual([
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ]);
  });
  test("the controller stays", () => {
    const old = { metadata: { name: "x" }, spec: { controller: "a.io/c" } };
    expect(classes.updated({ metadata: { name: "x" }, spec: { controller: "a.io/b" } }, old)).toEqual([
      'spec.controller: Invalid value: "a.io/b": field is immutable',
    ]);
  });
});

describe("network policies", () => {
  const policies = kindOf(GROUP, "NetworkPolicy");
  const from = (...peers: readonly object[]) => ({ spec: { podSelector: {}, ingress: [{ from: peers }] } });
  const ports = (port: object) => ({ spec: { podSelector: {}, ingress: [{ ports: [port] }] } });
  const at = "spec.ingress[0].from[0]";
  const cases = [
    { name: "a peer is somebody", body: from({}), told: [`${at}: Required value: must specify a peer`] },
    {
      name: "a block stands alone",
      body: from({ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }),
      told: [`${at}: Forbidden: may not specify both ipBlock and another peer`],
    },
    {
      name: "an exception is smaller than its block",
      body: from({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/8", "11.0.0.0/16", "10.1.0.0/16"] } }),
      told: [
        `${at}.ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\``,
        `${at}.ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of \`cidr\``,
      ],
    },
    {
      name: "a range of ports ends after it begins; the text shows where it begins",
      body: ports({ port: 90, endPort: 80 }),
      told: ["spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`"],
    },
    {
      name: "a named port is no range",
      body: ports({ port: "http", endPort: 80 }),
      told: ["spec.ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is non-numeric"],
    },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(policies.created(body)).toEqual(told));
  test("a block that is stored is not looked at again, wherever it went", () => {
    const bad = { ipBlock: { cidr: "10.0.0.1/8" } };
    expect(policies.created(from(bad))).toHaveLength(1);
    expect(policies.updated(from({ podSelector: {} }, bad), from(bad))).toEqual([]);
    expect(policies.warnings(from(bad))).toHaveLength(1);
  });
});

describe("addresses and their blocks", () => {
  const addresses = kindOf(GROUP, "IPAddress");
  const blocks = kindOf(GROUP, "ServiceCIDR");
  const cidrs = (...list: readonly string[]) => ({ metadata: { name: "x" }, spec: { cidrs: list } });
  test("an address belongs to something, which stays", () => {
    const of = (name: string) => ({ metadata: { name: "10.0.0.1" }, spec: { parentRef: { resource: "services", namespace: "n", name } } });
    expect(addresses.created({ metadata: { name: "10.0.0.1" }, spec: {} })).toEqual(["spec.parentRef: Required value"]);
    expect(addresses.updated(of("b"), of("a"))).toEqual([
      'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"n","Name":"b"}: field is immutable',
    ]);
  });
  test("two blocks are of two families", () => {
    expect(blocks.created(cidrs("10.0.0.0/16", "2001:db8::/112"))).toEqual([]);
    expect(blocks.created(cidrs("10.0.0.0/16", "10.1.0.0/16"))).toEqual([
      'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ]);
  });
  test("a second family may be added, the first one stays", () => {
    const old = cidrs("10.0.0.0/16");
    expect(blocks.updated(cidrs("10.0.0.0/16", "2001:db8::/112"), old)).toEqual([]);
    expect(blocks.updated(cidrs("10.1.0.0/16"), old)).toEqual(['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable']);
    expect(blocks.updated(cidrs(), old)).toEqual(["spec.cidrs: Invalid value: []: field is immutable"]);
  });
});
