import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "web", image: "i" }] } };
const selector = { matchLabels: { app: "x" } };

describe("services", () => {
  const services = kindOf("", "Service");
  const service = (spec: object) => ({ spec: { ports: [{ port: 80 }], ...spec } });
  const cases = [
    { name: "ports are needed", spec: { ports: [] }, told: ["spec.ports: Required value"] },
    {
      name: "several ports have names",
      spec: { ports: [{ port: 1 }, { port: 2, name: "b" }] },
      told: ["spec.ports[0].name: Required value"],
    },
    {
      name: "only a load balancer has source ranges",
      spec: { loadBalancerSourceRanges: ["10.0.0.0/8"] },
      told: ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    },
    {
      name: "the first address stands alone too",
      spec: { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.2"] },
      told: ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
    },
  ];
  test.each(cases)("$name", ({ spec, told }) => expect(services.created(service(spec))).toEqual(told));
  test("an address stays", () => {
    const at = (ip: string) => service({ clusterIP: ip, clusterIPs: [ip], ipFamilies: ["IPv4"] });
    expect(services.updated(at("10.0.0.2"), at("10.0.0.1"))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
  });
});

describe("configuration", () => {
  const maps = kindOf("", "ConfigMap");
  const secrets = kindOf("", "Secret");
  test("an immutable map stays as it is", () => {
    const frozen = { immutable: true, data: { a: "1" } };
    expect(maps.updated({ ...frozen, data: { a: "2" } }, frozen)).toEqual(["data: Forbidden: field is immutable when `immutable` is set"]);
  });
  test("a key is in one of the two lists", () => {
    expect(maps.created({ data: { a: "1" }, binaryData: { a: "MQ==" } })).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ]);
  });
  test("a mebibyte fits, a byte more does not", () => {
    expect(maps.created({ data: { a: "x".repeat(1_048_576) } })).toEqual([]);
    expect(maps.created({ data: { a: "x".repeat(1_048_577) } })).toEqual(["[]: Too long: may not be more than 1048576 bytes"]);
  });
  test("a secret's type says what is in it, and stays", () => {
    expect(secrets.created({ type: "kubernetes.io/tls" })).toEqual(["data[tls.crt]: Required value", "data[tls.key]: Required value"]);
    expect(secrets.updated({ type: "b" }, { type: "a" })[0]).toBe('type: Invalid value: "b": field is immutable');
  });
});

describe("workloads", () => {
  const deployments = kindOf("apps", "Deployment");
  const sets = kindOf("apps", "StatefulSet");
  const daemons = kindOf("apps", "DaemonSet");
  test("a selector selects its own template", () => {
    expect(deployments.created({ spec: { selector: { matchLabels: { app: "y" } }, template } })).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ]);
  });
  test("a selector stays", () => {
    const both = { matchExpressions: [{ key: "app", operator: "Exists" }], ...selector };
    expect(deployments.updated({ spec: { selector: both, template } }, { spec: { selector, template } })).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"x"},"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
    ]);
  });
  test("a rollout that can neither add nor remove is none", () => {
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: "0%" } };
    expect(deployments.created({ spec: { selector, template, strategy } })).toEqual([
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ]);
  });
  test("an unknown strategy is printed whole", () => {
    expect(daemons.created({ spec: { selector, template, updateStrategy: { type: "Big" } } })).toEqual([
      'spec.updateStrategy: Unsupported value: {"Type":"Big","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ]);
  });
  test("a stateful set's template may mount its claims", () => {
    const mounted = { ...template, spec: { containers: [{ name: "web", image: "i", volumeMounts: [{ name: "d", mountPath: "/d" }] }] } };
    const claim = { metadata: { name: "d" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
    expect(sets.created({ spec: { selector, template: mounted, volumeClaimTemplates: [claim] } })).toEqual([]);
    expect(sets.updated({ spec: { selector, template, volumeClaimTemplates: [claim] } }, { spec: { selector, template } })[0]).toContain(
      "spec: Forbidden: updates to statefulset spec for fields other than",
    );
  });
});

describe("limits and quotas", () => {
  const ranges = kindOf("", "LimitRange");
  const quotas = kindOf("", "ResourceQuota");
  test("least, usual and most are in order", () => {
    const limit = { type: "Container", min: { cpu: "2" }, max: { cpu: "1" } };
    expect(ranges.created({ spec: { limits: [limit] } })).toContain(
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    );
  });
  test("a ratio beyond most to least can never be", () => {
    const limit = { type: "Pod", min: { cpu: "1" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } };
    expect(ranges.created({ spec: { limits: [limit] } })).toEqual([
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
    ]);
  });
  test("a scope counts only what it knows", () => {
    expect(quotas.created({ spec: { hard: { secrets: "1" }, scopes: ["Terminating"] } })).toEqual([
      'spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource',
    ]);
  });
});

describe("claims", () => {
  const claims = kindOf("", "PersistentVolumeClaim");
  const claim = (storage: string, more: object = {}) => ({
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more },
    status: { phase: "Bound", capacity: { storage: "2Gi" } },
  });
  test("a bound one may grow", () => expect(claims.updated(claim("3Gi"), claim("2Gi"))).toEqual([]));
  test("a failed expansion is taken back down to what there is, and no further", () => {
    expect(claims.updated(claim("3Gi"), claim("4Gi"))).toEqual([]);
    expect(claims.updated(claim("2Gi"), claim("4Gi"))).toEqual([
      "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity",
    ]);
  });
  test("other fields stay", () => {
    expect(claims.updated(claim("2Gi", { volumeName: "b" }), claim("2Gi", { volumeName: "a" }))[0]).toContain(
      "spec is immutable after creation",
    );
  });
});
