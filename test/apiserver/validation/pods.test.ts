import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { qosClass } from "../../../src/apiserver/validation/index.js";
import { jsonDiff } from "../../../src/apiserver/validation/shared/diff.js";
import { kindOf } from "./kit.js";

const pods = kindOf("", "Pod");
const web = { name: "web", image: "registry.example/web:1" };
const pod = (spec: object = {}, container: object = {}) => ({ spec: { containers: [{ ...web, ...container }], ...spec } });

describe("a new pod", () => {
  test("the least there is", () => expect(pods.created(pod())).toEqual([]));
  const cases = [
    { name: "containers are needed", spec: { containers: [] }, told: ["spec.containers: Required value"] },
    {
      name: "a volume has one source, told at the original's misspelled paths",
      spec: { volumes: [{ name: "v", emptyDir: {}, downwardAPI: {} }] },
      told: ["spec.volumes[0].downwarAPI: Forbidden: may not specify more than 1 volume type"],
    },
    {
      name: "ephemeral containers come later",
      spec: { ephemeralContainers: [{ ...web, name: "debug" }] },
      told: ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
    },
    {
      name: "no node before the gates are open",
      spec: { nodeName: "n1", schedulingGates: [{ name: "g" }] },
      told: ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
    },
    {
      name: "none of the cluster's names means own ones",
      spec: { dnsPolicy: "None" },
      told: ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    },
  ];
  test.each(cases)("$name", ({ spec, told }) => expect(pods.created(pod(spec))).toEqual(told));

  const containers = [
    {
      name: "a mount names a volume that is there",
      container: { volumeMounts: [{ name: "v", mountPath: "/v" }] },
      told: ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    },
    {
      name: "a request is at most its limit, told at the list",
      container: { resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } },
      told: ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    },
    {
      name: "a device is not shared out in parts",
      container: { resources: { requests: { "example.com/gpu": "1" } } },
      told: ["spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources"],
    },
    {
      name: "a probe does one thing",
      container: { livenessProbe: { exec: { command: ["a"] }, tcpSocket: { port: 1 } } },
      told: ["spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"],
    },
    {
      name: "a variable from nowhere",
      container: { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.color" } } }] },
      told: [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.color": error converting fieldPath: field label not supported: spec.color',
      ],
    },
  ];
  test.each(containers)("$name", ({ container, told }) => expect(pods.created(pod({}, container))).toEqual(told));

  test("a volume that has an error is not there for mounts", () => {
    const bad = pod({ volumes: [{ name: "V", emptyDir: {} }] }, { volumeMounts: [{ name: "V", mountPath: "/v" }] });
    expect(pods.created(bad)).toHaveLength(2);
    expect(pods.created(bad)[1]).toBe('spec.containers[0].volumeMounts[0].name: Not found: "V"');
  });
});

describe("a changed pod", () => {
  test("an image may change", () => expect(pods.updated(pod({}, { image: "registry.example/web:2" }), pod())).toEqual([]));
  test("other fields may not, and the difference is shown", () => {
    const [told, ...more] = pods.updated(pod({}, { command: ["sh"] }), pod());
    expect(more).toEqual([]);
    expect(told).toContain("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`");
    expect(told).toContain('+    "sh"\n');
  });
  test("containers are not added: that is told alone", () => {
    const two = { spec: { containers: [web, { ...web, name: "b" }] } };
    expect(pods.updated(two, pod())).toEqual(["spec.containers: Forbidden: pod updates may not add or remove containers"]);
  });
  test("a deadline only comes nearer", () => {
    expect(pods.updated(pod({ activeDeadlineSeconds: 5 }), pod({ activeDeadlineSeconds: 9 }))).toEqual([]);
    expect(pods.updated(pod({ activeDeadlineSeconds: 9 }), pod({ activeDeadlineSeconds: 5 }))).toEqual([
      "spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value",
    ]);
  });
  test("a gated pod may be told more about its nodes", () => {
    const gated = (nodeSelector: object) => pod({ schedulingGates: [{ name: "g" }], nodeSelector });
    expect(pods.updated(gated({ a: "b", c: "d" }), gated({ a: "b" }))).toEqual([]);
    expect(pods.updated(gated({ c: "d" }), gated({ a: "b" }))).toEqual([
      'spec.nodeSelector: Invalid value: {"c":"d"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ]);
  });
  test("what the stored pod breaks already is let through", () => {
    const pages = { resources: { limits: { cpu: "1", "hugepages-2Mi": "3Mi" }, requests: { cpu: "1", "hugepages-2Mi": "3Mi" } } };
    expect(pods.created(pod({}, pages))).toHaveLength(2);
    expect(pods.updated(pod({}, pages), pod({}, pages))).toEqual([]);
  });
});

describe("parts of a pod", () => {
  const sized = (cpu: string) => pod({}, { resources: { requests: { cpu } } });
  test("cpu is resized", () => expect(pods.part("resize", sized("2"), sized("1"))).toEqual([]));
  test("a request is not taken away", () => {
    expect(pods.part("resize", pod(), sized("1"))).toContain(
      "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
    );
  });
  test("nothing else is resized", () => {
    expect(pods.part("resize", pod({}, { resources: { requests: { "ephemeral-storage": "2Gi", cpu: "1" } } }), sized("1"))).toEqual([
      "spec: Forbidden: only cpu and memory resources are mutable",
    ]);
  });
  test("an ephemeral container stays", () => {
    const with_ = pod({ ephemeralContainers: [{ ...web, name: "debug" }] });
    expect(pods.part("ephemeralcontainers", with_, pod())).toEqual([]);
    expect(pods.part("ephemeralcontainers", pod(), with_)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
  });
  test("what has ended does not run again where nothing restarts it", () => {
    const state = (s: object) => ({ ...pod({ restartPolicy: "Never" }), status: { containerStatuses: [{ name: "web", state: s }] } });
    expect(pods.part("status", state({ running: {} }), state({ terminated: { exitCode: 1 } }))).toEqual([
      "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
    ]);
  });
});

describe("the class of a pod", () => {
  const classOf = (...resources: object[]) => qosClass({ containers: resources.map((r) => ({ resources: r as never })) });
  test("nobody asks for anything", () => expect(classOf({}, {})).toBe("BestEffort"));
  test("all ask for just what limits them", () => {
    const whole = { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m", memory: "1Gi" } };
    expect(classOf(whole, whole)).toBe("Guaranteed");
    expect(classOf(whole, {})).toBe("Burstable");
  });
});

describe("warnings", () => {
  test("a later variable that hides an earlier one", () => {
    const env = (value: string) =>
      pod(
        {},
        {
          env: [
            { name: "A", value: "1" },
            { name: "A", value },
          ],
        },
      );
    expect(pods.warnings(env("2"))).toEqual([
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
    expect(pods.warnings(env("$(A)2"))).toEqual([]);
  });
  test("files of a volume that lie in each other's way", () => {
    const items = [
      { key: "a", path: "x" },
      { key: "b", path: "x/y" },
    ];
    expect(pods.warnings(pod({ volumes: [{ name: "v", configMap: { name: "m", items } }] }))).toEqual([
      'volume "v" (ConfigMap "m"): overlapping paths: "x/y" with "x"',
    ]);
  });
});

describe("differences", () => {
  test("equal values have none", () => expect(jsonDiff({ a: [1] }, { a: [1] })).toBe(""));
  test("a hunk with three lines around the change", () => {
    const value = (n: number) => ({ a: 1, b: 2, c: 3, d: 4, e: n, f: 6 });
    expect(jsonDiff(value(5), value(7))).toBe('@@ -3,6 +3,6 @@\n  "b": 2,\n  "c": 3,\n  "d": 4,\n- "e": 5,\n+ "e": 7,\n  "f": 6\n }\n');
  });
  test("the lines of both sides are all there", () => {
    const lists = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const lines = jsonDiff(a, b).split("\n");
        const added = lines.filter((l) => l.startsWith("+")).length;
        const removed = lines.filter((l) => l.startsWith("-")).length;
        expect(added - removed).toBe(JSON.stringify(b, null, 1).split("\n").length - JSON.stringify(a, null, 1).split("\n").length);
      }),
    );
  });
});
