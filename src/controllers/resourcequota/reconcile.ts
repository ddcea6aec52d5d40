import { type ApiObject, type Informer, keyOf, RESOURCES, type Resource } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { discover } from "../shared/discovery.js";
import { ifGone } from "../shared/gone.js";
import { isOver } from "../shared/pods.js";
import type { Pod } from "../shared/types.js";
import { type Counted, plan, type Quota, resourceOf } from "./plan.js";

export const resourceQuotaRow: ControllerRow = {
  name: "resourcequota",
  account: "resourcequota-controller",
  workers: 5,
  reads: [RESOURCES.resourceQuotas, RESOURCES.pods, RESOURCES.services, RESOURCES.persistentVolumeClaims],
  create: (context) => new ResourceQuotas(context),
};

/** All quotas are counted anew this often. Source: --resource-quota-sync-period. */
const RESYNC_MS = 300_000;

/** Kinds whose going is seen at once; others are counted again at the next round. */
const WATCHED: readonly Resource[] = [
  RESOURCES.pods,
  RESOURCES.services,
  RESOURCES.persistentVolumeClaims,
  RESOURCES.replicationControllers,
  RESOURCES.deployments,
  RESOURCES.replicaSets,
  RESOURCES.statefulSets,
  RESOURCES.daemonSets,
  RESOURCES.jobs,
  RESOURCES.cronJobs,
  RESOURCES.configMaps,
  RESOURCES.secrets,
];

/** Counts what quotas limit. Admission charges what is made; here what went is given back, and what was charged wrongly corrected. */
class ResourceQuotas implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #quotas: Informer<Quota>;
  readonly #caches: ReadonlyMap<string, Informer<ApiObject>>;

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#quotas = context.informers.of<Quota>(RESOURCES.resourceQuotas);
    this.#caches = new Map(WATCHED.map((of) => [`${of.group}/${of.resource}`, context.informers.of<ApiObject>(of)]));
    this.watches = [
      watching(this.#quotas, (quota, { kind, old }) =>
        kind === "delete" || (old !== undefined && JSON.stringify(old.spec) === JSON.stringify(quota.spec)) ? undefined : [keyOf(quota)],
      ),
      ...[...this.#caches].map(([name, informer]) =>
        watching(informer, (object, { kind, old }) => (kind === "delete" || freed(name, old, object) ? this.#around(object) : undefined)),
      ),
    ];
  }
  #around(object: ApiObject): readonly string[] {
    return this.#quotas.lister.inNamespace(object.metadata.namespace ?? "").map(keyOf);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const quota = this.#quotas.lister.get(key);
    if (quota === undefined) return undefined;
    const { namespace = "" } = quota.metadata;
    const counted = await Promise.all(this.#resourcesOf(quota).map((of) => this.#count(of, namespace)));
    const status = plan(
      quota,
      counted.filter((c): c is Counted => c !== undefined),
    );
    if (status !== undefined) await this.#write(quota, status);
    return RESYNC_MS;
  }
  #resourcesOf(quota: Quota): readonly { readonly group: string; readonly resource: string }[] {
    const found = new Map<string, { readonly group: string; readonly resource: string }>();
    for (const name of Object.keys(quota.spec?.hard ?? {})) {
      const of = resourceOf(name);
      if (of) found.set(`${of.group}/${of.resource}`, of);
    }
    return [...found.values()];
  }

  /** undefined: nobody serves it. */
  async #count(of: { readonly group: string; readonly resource: string }, namespace: string): Promise<Counted | undefined> {
    const cache = this.#caches.get(`${of.group}/${of.resource}`);
    if (cache?.hasSynced) return { of, objects: cache.lister.inNamespace(namespace) };
    const { resources } = await discover(this.#x.client);
    const served = resources.find((r) => r.group === of.group && r.resource === of.resource && r.namespaced);
    if (served === undefined) return undefined;
    const list = await this.#x.client.metadata(served, namespace).listAll();
    return { of, objects: list.items };
  }
  async #write(quota: Quota, status: NonNullable<Quota["status"]>): Promise<void> {
    const of = this.#x.client.resource<Quota>(RESOURCES.resourceQuotas, quota.metadata.namespace);
    // Charged meanwhile, it is a conflict: the key comes back and is counted from what stands there then.
    await of.updateStatus({ ...quota, status }).catch(ifGone);
  }
}

/** What an object takes became less. */
function freed(name: string, old: ApiObject | undefined, now: ApiObject): boolean {
  if (old === undefined) return false;
  if (name === "/pods") return isOver(now as Pod) && !isOver(old as Pod);
  if (name !== "/services" && name !== "/persistentvolumeclaims") return false;
  const spec = (o: ApiObject): string => JSON.stringify((o as ApiObject & { spec?: unknown }).spec);
  return spec(old) !== spec(now);
}
