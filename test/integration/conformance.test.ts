import { describe, test } from "vitest";
import { etcdConformance } from "../conformance/etcd/suite.js";
import { connect, has, startRealEtcd } from "../kit/etcd.js";
import { TestCluster } from "../kit/masters.js";

/** The same sentences over sockets: our processes, and etcd itself, which is right where the two differ. */

async function masters(count: number) {
  const cluster = await TestCluster.start(count);
  const store = await connect(cluster.masters.map((m) => m.endpoint));
  return {
    ...store,
    close: async () => {
      await store.close();
      await cluster.stop();
    },
  };
}

etcdConformance("one master process", () => masters(1));
etcdConformance("three master processes", () => masters(3));

const endpoint = process.env["ETCD_ENDPOINT"];
if (endpoint !== undefined) {
  etcdConformance(`the etcd at ${endpoint}`, () => connect(endpoint.split(",")));
} else if (has("etcd")) {
  etcdConformance("a real etcd", () => startRealEtcd());
} else {
  describe("etcd: a real etcd", () => {
    test.skip("no etcd on the path and no ETCD_ENDPOINT: the suite did not run against one", () => {});
  });
}
