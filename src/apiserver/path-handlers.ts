import type { Clock } from "../host/index.js";
import { Discovery, type RemoteGroups } from "./discovery/index.js";
import { healthPaths } from "./health.js";
import { type Family, gauge, processFamilies, type RequestMetrics } from "./metrics/index.js";
import { OpenApi } from "./openapi/index.js";
import { type Issuer, indexPath, issuerPaths, metricsPath, versionPath } from "./paths.js";
import type { ResourceTable } from "./resources/index.js";
import type { PathHandler } from "./server.js";
import type { Cacher, ObjectStore } from "./storage/index.js";

export interface PathFacts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly table: ResourceTable;
  readonly cacher: Cacher;
  readonly requests: RequestMetrics;
  readonly issuer: Issuer;
  readonly remote?: RemoteGroups;
  isReady(): boolean;
  isStopping(): boolean;
}

/** Everything that is served beside the resources. */
export function pathHandlers(facts: PathFacts): readonly PathHandler[] {
  const { store, clock, table, requests } = facts;
  const discovery = new Discovery(table, facts.remote);
  const openApi = new OpenApi(table, () => clock.wallMs());
  const families = () => [...requests.families(), storedObjects(facts), ...processFamilies(clock.wallMs())];
  return [
    healthPaths({ isReady: facts.isReady, isStopping: facts.isStopping, storeAnswers: () => answers(store, clock) }),
    versionPath,
    (request, info) => discovery.answer(request, info),
    (request, info) => openApi.answer(request, info),
    indexPath(table),
    issuerPaths(facts.issuer),
    metricsPath(families),
  ];
}

function storedObjects({ table, cacher }: PathFacts): Family {
  const counts = new Map<string, number>();
  for (const row of table.rows) {
    if (row.stored === undefined) continue;
    let count = 0;
    for (const _ of cacher.below(row.stored.prefix)) count++;
    counts.set(row.group === "" ? row.resource : `${row.resource}.${row.group}`, count);
  }
  return gauge(
    "apiserver_storage_objects",
    "Objects that are stored now.",
    [...counts].map(([resource, count]) => [{ resource }, count]),
  );
}

/** A store that takes longer than this is not healthy. Source: --etcd-healthcheck-timeout. */
const STORE_ANSWER_MS_MAX = 2_000;
const HEALTH_KEY = "/registry/health";
/** Whether the store can answer with what is true now: that needs a quorum. */
function answers(store: ObjectStore, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const late = clock.after(STORE_ANSWER_MS_MAX, () => resolve(false));
    const said = (answered: boolean): void => {
      late.cancel();
      resolve(answered);
    };
    store.get(HEALTH_KEY).then(
      () => said(true),
      () => said(false),
    );
  });
}
