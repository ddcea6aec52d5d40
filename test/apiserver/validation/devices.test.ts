import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const meta = { name: "x", namespace: "n", resourceVersion: "1" };
const cluster = { name: "x", resourceVersion: "1" };

describe("claims to devices", () => {
  const claims = kindOf("resource.k8s.io", "ResourceClaim");
  const templates = kindOf("resource.k8s.io", "ResourceClaimTemplate");
  const one = (name: string, more: object = {}) => ({ name, exactly: { deviceClassName: "c", ...more } });
  const claim = (devices: object, status: object = {}) => ({ metadata: meta, spec: { devices }, status });
  const cases = [
    {
      name: "a request is one of two",
      devices: { requests: [{ name: "a" }] },
      told: ["spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required"],
    },
    {
      name: "all are not counted",
      devices: { requests: [one("a", { allocationMode: "All", count: 2 })] },
      told: ["spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'"],
    },
    {
      name: "a doubled name is told after all that is wrong with the items",
      devices: { requests: [one("a"), one("a", { deviceClassName: "" })] },
      told: ["spec.devices.requests[1].exactly.deviceClassName: Required value", 'spec.devices.requests[1]: Duplicate value: "a"'],
    },
    {
      name: "a constraint names requests, or one's alternatives",
      devices: {
        requests: [{ name: "a", firstAvailable: [{ name: "b", deviceClassName: "c" }] }],
        constraints: [{ requests: ["a/b", "b"], matchAttribute: "m" }],
      },
      told: [
        "spec.devices.constraints[0].requests[1]: Invalid value: \"b\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
        'spec.devices.constraints[0].matchAttribute: Invalid value: "m": a fully qualified name must be a domain and a name separated by a slash',
      ],
    },
    {
      name: "parameters are an object",
      devices: { config: [{ opaque: { driver: "d.example.com", parameters: [1] } }] },
      told: ['spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object'],
    },
  ];
  test.each(cases)("$name", ({ devices, told }) => expect(claims.created(claim(devices))).toEqual(told));
  test("too many: nothing else is told", () => {
    const requests = Array.from({ length: 33 }, () => ({}));
    expect(claims.created(claim({ requests }))).toEqual(["spec.devices.requests: Too many: 33: must have at most 32 items"]);
  });
  test("a template's metadata is labels and annotations", () => {
    expect(templates.created({ metadata: meta, spec: { metadata: { name: "x" }, spec: {} } })).toEqual([
      "spec.metadata.name: Forbidden: cannot be set",
    ]);
  });

  const result = { request: "a", driver: "d.example.com", pool: "p", device: "v" };
  const allocation = { devices: { results: [result] } };
  const asked = { requests: [one("a")] };
  test("an allocation is made, and never changed", () => {
    expect(claims.part("status", claim(asked, { allocation }), claim(asked))).toEqual([]);
    const other = { devices: { results: [{ ...result, device: "w" }] } };
    expect(claims.part("status", claim(asked, { allocation: other }), claim(asked, { allocation }))[0]).toMatch(
      /^status\.allocation: .*field is immutable$/,
    );
  });
  test("nobody is promised what is not allocated", () => {
    const reservedFor = [{ resource: "pods", name: "p", uid: "u" }];
    expect(claims.part("status", claim(asked, { reservedFor }), claim(asked))).toEqual([
      "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
    ]);
  });
  test("an address keeps what is behind its prefix, in the one form that it has", () => {
    const device = { driver: "d.example.com", pool: "p", device: "v", networkData: { ips: ["10.0.0.1/24", "::0/64", "bad"] } };
    expect(claims.part("status", claim(asked, { allocation, devices: [device] }), claim(asked))).toEqual([
      'status.devices[0].networkData.ips[1]: Invalid value: "::0/64": must be in canonical form ("::/64")',
      'status.devices[0].networkData.ips[2]: Invalid value: "bad": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    ]);
  });
});

describe("slices of devices", () => {
  const slices = kindOf("resource.k8s.io", "ResourceSlice");
  const slice = (more: object) => ({
    metadata: cluster,
    spec: { driver: "d.example.com", pool: { name: "p", generation: 1, resourceSliceCount: 1 }, ...more },
  });
  const device = (more: object) => slice({ nodeName: "n", devices: [{ name: "v", ...more }] });
  test("there is one way to say where", () => {
    expect(slices.created(slice({}))).toEqual([
      "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
    ]);
    expect(slices.created(slice({ nodeName: "n", allNodes: true }))).toEqual([
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ]);
  });
  test.each(["1.2.3", "1.0.0-rc.1+b"])("%s is a version", (version) =>
    expect(slices.created(device({ attributes: { a: { version } } }))).toEqual([]),
  );
  test.each(["1.2", "01.2.3", "v1.2.3"])("%s is none", (version) =>
    expect(slices.created(device({ attributes: { a: { version } } }))).toEqual([
      `spec.devices[0].attributes[a].version: Invalid value: "${version}": must be a string compatible with semver.org spec 2.0.0`,
    ]),
  );
  const policy = (requestPolicy: object) => device({ allowMultipleAllocations: true, capacity: { bw: { value: "10", requestPolicy } } });
  const at = "spec.devices[0].capacity[bw].requestPolicy";
  const policies = [
    {
      name: "values grow",
      of: { default: "1", validValues: ["2", "1"] },
      told: [`${at}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`],
    },
    {
      name: "the usual one is among them",
      of: { default: "3", validValues: ["1"] },
      told: [`${at}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`],
    },
    {
      name: "a range has steps",
      of: { default: "4", validRange: { min: "1", step: "2" } },
      told: [`${at}.validRange.step: Invalid value: "4": value is not a multiple of a given step (2) from (1)`],
    },
    {
      name: "a range fits into the capacity",
      of: { default: "2", validRange: { min: "1", max: "11" } },
      told: [`${at}.validRange.max: Invalid value: "11": max is larger than capacity value: 10`],
    },
  ];
  test.each(policies)("$name", ({ of, told }) => expect(slices.created(policy(of))).toEqual(told));
  test("conditions to bind come with those that end the waiting", () => {
    expect(slices.created(device({ bindingConditions: ["a"] }))).toEqual([
      "spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions",
    ]);
  });
});
