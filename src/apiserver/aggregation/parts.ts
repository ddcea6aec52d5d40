import type { Clock, Log } from "../../host/index.js";
import { formatTime, internalError } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, systemRequest } from "../chain/index.js";
import type { ObjectReader, ResourceTable } from "../resources/index.js";
import type { Cacher } from "../storage/index.js";
import type { AggregatorParts } from "./aggregator.js";
import type { FrontProxyTls } from "./outgoing.js";

export interface ServerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly tls: FrontProxyTls | undefined;
  readonly reader: Pick<ObjectReader, "get" | "list">;
  readonly table: ResourceTable;
  readonly cacher: Cacher;
  /** Through the server's whole chain. */
  readonly send: (request: ApiRequest) => Promise<ApiResponse>;
}
const WATCHED = [
  ["apiregistration.k8s.io", "apiservices"],
  ["", "services"],
  ["discovery.k8s.io", "endpointslices"],
] as const;
const FAILURE_MIN = 400;

/** What the aggregator needs, of a server's parts. */
export function aggregatorParts({ clock, log, tls, reader, table, cacher, send }: ServerParts): AggregatorParts {
  return {
    reader,
    clock,
    log,
    tls,
    subscribe: (changed) => {
      const ends = WATCHED.map(([group, resource]) => {
        const prefix = table.row(group, resource)?.stored?.prefix ?? "";
        return cacher.subscribe(prefix, {
          change: ({ key }) => changed(resource, key.slice(prefix.length)),
          broken: () => changed("apiservices", ""),
        });
      });
      return () => {
        for (const end of ends) end();
      };
    },
    writeStatus: async (object) => {
      const url = `/apis/apiregistration.k8s.io/v1/apiservices/${object.metadata.name ?? ""}/status`;
      const { code } = await send(systemRequest({ method: "PUT", url, type: "application/json", body: object }));
      if (code >= FAILURE_MIN) throw internalError(`answered ${code}`);
    },
    nowText: () => formatTime({ seconds: Math.floor(clock.wallMs() / 1_000), nanoseconds: 0 }, "time") ?? "",
    pick: (n) => Math.floor(Math.random() * n),
  };
}
