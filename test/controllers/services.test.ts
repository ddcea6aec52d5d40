import { describe, expect, test } from "vitest";
import { plan as planEndpoints } from "../../src/controllers/endpoints/plan.js";
import { type Action, plan as planSlices, type Slice } from "../../src/controllers/endpointslice/plan.js";
import type { Service } from "../../src/controllers/shared/types.js";
import { pod } from "./objects.js";

const service = (spec: Partial<Service["spec"]> = {}): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "s",
    namespace: "ns",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { team: "a" },
  },
  spec: {
    clusterIP: "10.0.0.1",
    selector: { app: "web" },
    ports: [{ name: "http", port: 80, targetPort: "main" }],
    ipFamilies: ["IPv4"],
    ...spec,
  },
});

describe("endpoints", () => {
  test("ready, not ready, terminating and over", () => {
    const pods = [
      pod("a", { ip: "10.1.0.1" }),
      pod("b", { ip: "10.1.0.2", ready: false }),
      pod("c", { ip: "10.1.0.3", deleting: true }),
      pod("d", { ip: "10.1.0.4", phase: "Succeeded" }),
      pod("e"),
    ];
    expect(planEndpoints(service(), pods).subsets).toMatchObject([
      { addresses: [{ ip: "10.1.0.1" }], notReadyAddresses: [{ ip: "10.1.0.2" }], ports: [{ name: "http", port: 8080, protocol: "TCP" }] },
    ]);
    const all = planEndpoints(service({ publishNotReadyAddresses: true }), pods).subsets;
    expect(all.map((s) => [s.addresses?.map((a) => a.ip), s.notReadyAddresses])).toEqual([
      [["10.1.0.1", "10.1.0.2", "10.1.0.3"], undefined],
    ]);
  });
  test("ports with the same addresses stand together, others apart", () => {
    const [a, b] = [pod("a", { ip: "10.1.0.1" }), pod("b", { ip: "10.1.0.2" })];
    const other = { ...b, spec: { ...b.spec, containers: [{ name: "c", ports: [{ name: "main", containerPort: 9090 }] }] } };
    const ports = [
      { name: "http", port: 80, targetPort: "main" },
      { name: "adm", port: 81, targetPort: 9000 },
    ];
    const { subsets } = planEndpoints(service({ ports }), [a, other]);
    expect(subsets.map((s) => [s.addresses?.map((x) => x.ip), s.ports?.map((p) => p.port)])).toEqual([
      [["10.1.0.1", "10.1.0.2"], [9000]],
      [["10.1.0.1"], [8080]],
      [["10.1.0.2"], [9090]],
    ]);
  });
  test("more than a thousand are cut, ready ones last", () => {
    const pods = Array.from({ length: 1_200 }, (_, i) => pod(`p${i}`, { ip: `10.1.${i >> 8}.${i & 255}`, ready: i < 900 }));
    const { subsets, overCapacity } = planEndpoints(service(), pods);
    expect([overCapacity, subsets[0]?.addresses?.length, subsets[0]?.notReadyAddresses?.length]).toEqual([true, 900, 100]);
  });
});

describe("endpoint slices", () => {
  const slicesOf = (actions: readonly Action[]): Slice[] =>
    actions.flatMap((a, i) => {
      if (a.kind !== "create") return [];
      const metadata = {
        ...service().metadata,
        name: `s-${i}`,
        labels: {
          team: "a",
          "kubernetes.io/service-name": "s",
          "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
      };
      return [
        {
          apiVersion: "discovery.k8s.io/v1",
          kind: "EndpointSlice",
          metadata,
          addressType: a.addressType,
          endpoints: a.endpoints,
          ports: a.ports,
        },
      ];
    });
  const pods = (count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => pod(`p${from + i}`, { ip: `10.1.${(from + i) >> 8}.${(from + i) & 255}` }));
  const planned = (list: ReturnType<typeof pods>, slices: readonly Slice[], s = service()) =>
    planSlices({ service: s, pods: list, node: () => undefined, slices });
  const sizes = (actions: readonly Action[]) => actions.map((a) => (a.kind === "delete" ? "delete" : `${a.kind} ${a.endpoints.length}`));

  test("a hundred in each", () => expect(sizes(planned(pods(250), []))).toEqual(["create 100", "create 100", "create 50"]));
  test("nothing changes when nothing did", () => expect(planned(pods(250), slicesOf(planned(pods(250), [])))).toEqual([]));
  test("one pod changes one slice", () => {
    const before = slicesOf(planned(pods(250), []));
    const changed = [...pods(249), pod("p249", { ip: "10.1.0.249", ready: false })];
    expect(sizes(planned(changed, before))).toEqual(["update 50"]);
  });
  test("new ones fill what is not full", () => expect(sizes(planned(pods(260), slicesOf(planned(pods(250), []))))).toEqual(["update 60"]));
  test("an empty slice goes, but the last one stays for those who wait", () => {
    const before = slicesOf(planned(pods(150), []));
    expect(sizes(planned(pods(100), before))).toEqual(["delete"]);
    expect(sizes(planned([], before))).toEqual(["create 0", "delete", "delete"]);
    expect(planned([], slicesOf(planned([], [])))).toEqual([]);
  });
  test("who terminates serves, but is not ready; who publishes all calls all ready", () => {
    const list = [pod("a", { ip: "10.1.0.1", deleting: true }), pod("b", { ip: "10.1.0.2", ready: false })];
    const conditions = (s: Service) =>
      planned(list, [], s).flatMap((a) => (a.kind === "create" ? a.endpoints.map((e) => Object.values(e.conditions)) : []));
    expect(conditions(service())).toEqual([
      [false, true, true],
      [false, false, false],
    ]);
    expect(conditions(service({ publishNotReadyAddresses: true }))).toEqual([
      [true, true, true],
      [true, false, false],
    ]);
  });
});
