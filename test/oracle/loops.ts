import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { ApiObject } from "../../src/kube/client/index.js";
import { TestApi } from "../kit/api.js";
import { until } from "../kit/until.js";
import { ORACLE_DIR } from "./etcd.js";

interface Node extends ApiObject {
  readonly spec?: { readonly taints?: readonly object[] };
}
const NODES = 3;

/** Masters with all loops, and the fake nodes that the scenarios count on. */
export class LoopsSubject {
  readonly api: TestApi;
  readonly #nodes: ChildProcess;
  private constructor(api: TestApi, nodes: ChildProcess) {
    this.api = api;
    this.#nodes = nodes;
  }
  static async start(): Promise<LoopsSubject> {
    const api = await TestApi.start(1, { loops: true });
    const script = join(ORACLE_DIR, "fake-nodes.mjs");
    const nodes = spawn(process.execPath, [script, "--kubeconfig", api.kubeconfig, "--count", String(NODES)], { stdio: "ignore" });
    const subject = new LoopsSubject(api, nodes);
    try {
      await until("the fake nodes are ready", async () => {
        const { items } = (await api.request("GET", "/api/v1/nodes")).json() as unknown as { readonly items: readonly Node[] };
        return items.filter((n) => (n.spec?.taints ?? []).length === 0).length === NODES;
      });
    } catch (error) {
      await subject.stop();
      throw error;
    }
    return subject;
  }
  async stop(): Promise<void> {
    this.#nodes.kill("SIGKILL");
    await this.api.stop();
  }
}
