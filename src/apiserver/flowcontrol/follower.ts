import type { Clock, Log, Timer } from "../../host/index.js";
import { formatTime } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, systemRequest } from "../chain/index.js";
import type { ObjectReader, ResourceTable } from "../resources/index.js";
import type { Cacher } from "../storage/index.js";
import { type Dangling, danglingOf } from "./dangling.js";
import { AGAIN_MS, SETTLE_MS } from "./limits.js";

const GROUP = "flowcontrol.apiserver.k8s.io";
const SCHEMAS = "flowschemas";
const LEVELS = "prioritylevelconfigurations";
/** The original's own. */
const MANAGER = "api-priority-and-fairness-config-consumer-v1";
const FAILURE_MIN = 400;

export interface FlowControlParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly reader: Pick<ObjectReader, "list">;
  readonly table: ResourceTable;
  readonly cacher: Cacher;
  /** Through the server's whole chain. */
  readonly send: (request: ApiRequest) => Promise<ApiResponse>;
}

/** Keeps the conditions of flow schemas right. */
export class FlowSchemaStatuses {
  readonly #x: FlowControlParts;
  #unsubscribe: readonly (() => void)[] = [];
  #timer: Timer | undefined;
  #isBusy = false;
  #stopped = false;

  constructor(parts: FlowControlParts) {
    this.#x = parts;
  }
  /** The cache is filled. */
  start(): void {
    const { table, cacher } = this.#x;
    const changed = (): void => this.#later(SETTLE_MS);
    this.#unsubscribe = [SCHEMAS, LEVELS].map((resource) =>
      cacher.subscribe(table.row(GROUP, resource)?.stored?.prefix ?? "", { change: changed, broken: changed }),
    );
    changed();
  }
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const end of this.#unsubscribe) end();
  }

  #later(ms: number): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = this.#x.clock.after(ms, () => {
      this.#timer = undefined;
      void this.#turn();
    });
  }
  async #turn(): Promise<void> {
    if (this.#isBusy) return this.#later(SETTLE_MS);
    this.#isBusy = true;
    const isDone = await this.#look().catch((error: Error) => {
      this.#x.log.warn("flow schemas could not be looked at", { why: error.message });
      return false;
    });
    this.#isBusy = false;
    if (!isDone) this.#later(AGAIN_MS);
  }

  async #look(): Promise<boolean> {
    const { reader } = this.#x;
    const [schemas, levels] = await Promise.all([reader.list(GROUP, SCHEMAS, ""), reader.list(GROUP, LEVELS, "")]);
    const names = new Set(levels.map((level) => level.metadata.name ?? ""));
    const written = schemas.map((schema) => {
      const due = danglingOf(schema, names);
      return due === undefined || this.#write(schema.metadata.name ?? "", due);
    });
    return (await Promise.all(written)).every((done) => done);
  }
  /** False when it has to be tried again; whoever is gone meanwhile needs nothing. */
  async #write(name: string, due: Dangling): Promise<boolean> {
    const lastTransitionTime = formatTime({ seconds: Math.floor(this.#x.clock.wallMs() / 1_000), nanoseconds: 0 }, "time");
    const { code } = await this.#x.send(
      systemRequest({
        method: "PATCH",
        url: `/apis/${GROUP}/v1/${SCHEMAS}/${name}/status?fieldManager=${MANAGER}&force=true`,
        type: "application/apply-patch+yaml",
        body: {
          apiVersion: `${GROUP}/v1`,
          kind: "FlowSchema",
          metadata: { name },
          status: { conditions: [{ ...due, lastTransitionTime }] },
        },
      }),
    );
    return code < FAILURE_MIN || code === 404;
  }
}
