import {
  type ApiObject,
  isConflict,
  isNotFound,
  msOf,
  RESOURCES,
  type Resource,
  type ResourceClient,
  reasonOf,
} from "../../kube/client/index.js";
import type { ControllerContext, ControllerRow, RunningController, Watch } from "../framework/types.js";
import { type Discovered, discover } from "../shared/discovery.js";
import { ifGone } from "../shared/gone.js";
import { isOver } from "../shared/pods.js";
import { isJsonEqual } from "../shared/same.js";
import type { Namespace, Pod } from "../shared/types.js";
import { conditions, type Found, type Remains } from "./plan.js";

export const namespaceRow: ControllerRow = {
  name: "namespace",
  account: "namespace-controller",
  workers: 10,
  reads: [RESOURCES.namespaces],
  create: (context) => new NamespaceController(context),
};

const FINALIZER = "kubernetes";
/** Objects with finalizers are looked at again after this, in seconds. */
const FINALIZERS_SECONDS = 15;
/** Other masters may still admit an object or two when the deletion is seen here first. */
const SETTLE_MS = 100;
/** As the original waits after each change: who puts a finalizer back has this long for what he wants with it. */
const CHANGED_MS = 5_000;
const BACKGROUND = { propagationPolicy: "Background" } as const;

/** Empties namespaces that are being deleted, then lets them go. */
class NamespaceController implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #client: ResourceClient<Namespace>;

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#client = context.client.resource<Namespace>(RESOURCES.namespaces);
    const deleted: Watch = {
      start: (enqueue) => {
        const isGoing = (ns: Namespace): boolean => ns.metadata.deletionTimestamp !== undefined;
        const look = (ns: Namespace, afterMs: number): void => {
          if (isGoing(ns)) enqueue.after(ns.metadata.name, afterMs);
        };
        return context.informers.of<Namespace>(RESOURCES.namespaces).addHandlers({
          add: (ns) => look(ns, SETTLE_MS),
          update: (former, ns) => look(ns, isGoing(former) ? CHANGED_MS : SETTLE_MS),
        });
      },
    };
    this.watches = [deleted];
  }

  async reconcile(key: string): Promise<number | undefined> {
    const found = await this.#client.get(key).catch(ifGone);
    if (found?.metadata.deletionTimestamp === undefined) return undefined;
    const namespace = await this.#terminating(found);
    if ((namespace.spec?.finalizers ?? []).length === 0) return undefined;
    const { seconds, isNews } = await this.#empty(namespace);
    // Much is gone a moment after it was asked to. Then as the original: half of the estimate, so that it is not late by as much again.
    if (seconds > 0) return isNews ? SETTLE_MS : (Math.floor(seconds / 2) + 1) * 1_000;
    await this.#retried(namespace, (ns) => this.#finalize(ns));
    return undefined;
  }
  #terminating(ns: Namespace): Promise<Namespace> {
    return this.#retried(ns, async (now) => {
      if (now.status?.phase === "Terminating") return now;
      return this.#client.updateStatus({ ...now, status: { ...now.status, phase: "Terminating" } });
    });
  }
  async #finalize(ns: Namespace): Promise<Namespace> {
    const finalizers = (ns.spec?.finalizers ?? []).filter((f) => f !== FINALIZER);
    const body = { ...ns, spec: { ...ns.spec, finalizers } };
    try {
      return await this.#client.subresource<Namespace>("PUT", ns.metadata.name, "finalize", body);
    } catch (error) {
      if (isNotFound(error)) return ns;
      throw error;
    }
  }
  async #retried(ns: Namespace, write: (now: Namespace) => Promise<Namespace>): Promise<Namespace> {
    for (let now = ns; ; ) {
      try {
        return await write(now);
      } catch (error) {
        if (!isConflict(error)) throw error;
        now = await this.#client.get(ns.metadata.name);
        if (now.metadata.uid !== ns.metadata.uid) throw new Error("namespace uid has changed across retries");
      }
    }
  }

  /** Seconds until it is worth looking again, 0: nothing is left; and whether the namespace says something else than before. */
  async #empty(ns: Namespace): Promise<{ readonly seconds: number; readonly isNews: boolean }> {
    const discovery = await discover(this.#x.client);
    const failed = discovery.failures;
    const discoveryError =
      failed.length === 0
        ? undefined
        : `Discovery failed for some groups, ${failed.length} failing: unable to retrieve the complete list of server APIs: ${failed.map((g) => `${g}: stale GroupVersion discovery: ${g}`).join(", ")}`;
    const deletable = discovery.resources.filter((r) => r.namespaced && r.verbs.has("delete") && !r.resource.includes("/"));
    const isPods = (r: Resource): boolean => r.group === "" && r.resource === "pods";
    const remains: Remains[] = [];
    const errors: string[] = [];
    let seconds = 0;
    const clear = async (r: Discovered): Promise<void> => {
      try {
        const left = await this.#clear(ns, r);
        seconds = Math.max(seconds, left.seconds);
        remains.push({ group: r.group, resource: r.resource, finalizers: left.items.map((i) => i.metadata.finalizers ?? []) });
        if (left.error !== undefined) errors.push(left.error);
      } catch (error) {
        errors.push((error as Error).message);
      }
    };
    // Pods first and alone: what they use (secrets, policies) must not go before them.
    for (const pods of deletable.filter(isPods)) await clear(pods);
    const podsRemain = remains.some((r) => r.finalizers.length > 0);
    if (!podsRemain) await Promise.all(deletable.filter((r) => !isPods(r)).map(clear));
    const isNews = await this.#say(ns, { remains, discoveryError, contentErrors: errors, isWhole: !podsRemain });
    if (errors.length > 0 || discoveryError !== undefined)
      throw new Error(
        `namespace ${ns.metadata.name}: ${[...errors, ...(discoveryError === undefined ? [] : [discoveryError])].join("; ")}`,
      );
    return { seconds, isNews };
  }
  async #say(ns: Namespace, found: Found): Promise<boolean> {
    const former = ns.status?.conditions ?? [];
    const now = conditions(former, found, this.#x.clock.wallMs());
    if (isJsonEqual(now, former)) return false;
    await this.#client.updateStatus({ ...ns, status: { ...ns.status, conditions: now } }).catch((error: Error) => {
      this.#x.log.debug("conditions not written", { namespace: ns.metadata.name, why: error.message });
    });
    return true;
  }

  async #clear(
    ns: Namespace,
    r: Discovered,
  ): Promise<{ readonly seconds: number; readonly items: readonly ApiObject[]; readonly error?: string }> {
    const { name } = ns.metadata;
    const client = this.#x.client.resource<ApiObject>(r, name);
    const grace = r.group === "" && r.resource === "pods" ? await this.#graceSeconds(ns) : 0;
    if (!(await this.#deleteAll(client, r)) || !r.verbs.has("list")) return { seconds: grace, items: [] };
    const { items } = await client.listAll();
    if (items.length === 0) return { seconds: 0, items };
    if (grace > 0) return { seconds: grace, items };
    if (items.some((i) => (i.metadata.finalizers ?? []).length > 0)) return { seconds: FINALIZERS_SECONDS, items };
    const gvr = `${r.group}/${r.version}, Resource=${r.resource}`;
    return { seconds: 0, items, error: `unexpected items still remain in namespace: ${name} for gvr: ${gvr}` };
  }
  /** False: nothing of the kind can be listed, or it is gone meanwhile. */
  async #deleteAll(client: ResourceClient<ApiObject>, r: Discovered): Promise<boolean> {
    const isNothing = (error: unknown): boolean => isNotFound(error) || reasonOf(error) === "MethodNotAllowed";
    try {
      if (r.verbs.has("deletecollection")) {
        await client.deleteCollection({}, BACKGROUND);
        return true;
      }
      if (!r.verbs.has("list")) return false;
      for (const item of (await client.listAll()).items) {
        await client.delete(item.metadata.name, BACKGROUND).catch((error: unknown) => {
          if (!isNothing(error)) throw error;
        });
      }
      return true;
    } catch (error) {
      if (isNothing(error)) return false;
      throw error;
    }
  }
  /** The longest grace period of a pod that runs, while the namespace is younger than that in its deletion. */
  async #graceSeconds(ns: Namespace): Promise<number> {
    const { items } = await this.#x.client.resource<GracefulPod>(RESOURCES.pods, ns.metadata.name).listAll();
    const longest = Math.max(0, ...items.filter((p) => !isOver(p)).map((p) => p.spec.terminationGracePeriodSeconds ?? 0));
    const sinceMs = this.#x.clock.wallMs() - (msOf(ns.metadata.deletionTimestamp) ?? 0);
    return sinceMs >= longest * 1_000 ? 0 : longest;
  }
}
interface GracefulPod extends Pod {
  readonly spec: Pod["spec"] & { readonly terminationGracePeriodSeconds?: number };
}
