import { type ApiObject, Informer, RESOURCES, type Resource, type ResourceClient } from "../../kube/client/index.js";
import { apiVersionOf, type OwnerReference } from "../../kube/meta/index.js";
import type { ControllerContext, ControllerRow, Enqueue, RunningController } from "../framework/types.js";
import { type Discovered, discover } from "../shared/discovery.js";
import { ifGone } from "../shared/gone.js";
import { blocks, FOREGROUND, groupOf, isForeground, isOrphaning, type Node, nodeOf, ORPHAN, OwnerGraph, type Wanted } from "./graph.js";
import { type OwnerState, plan } from "./plan.js";

export const garbageCollectorRow: ControllerRow = {
  name: "garbage-collector",
  account: "generic-garbage-collector",
  component: "garbage-collector-controller",
  workers: 20,
  reads: [RESOURCES.customResourceDefinitions],
  create: (context) => new GarbageCollector(context),
};

/** Kinds come and go: the server is asked this often, and soon after a definition changed. */
const REDISCOVER_MS = 30_000;
const DEFINITION_SETTLE_MS = 500;
/** A kind whose server does not answer must not stop the collection of all others. */
const MONITOR_SYNC_MS = 30_000;
/** Events have no owners and there are many. */
const isIgnored = (r: Resource): boolean => r.resource === "events" && (r.group === "" || r.group === "events.k8s.io");
const keyOfKind = (group: string, kind: string): string => `${group}/${kind}`;

/** Deletes what has no owner left, and keeps owners waiting that want to see their dependents go. */
class GarbageCollector implements RunningController {
  readonly #x: ControllerContext;
  readonly #graph = new OwnerGraph();
  readonly #monitors = new Map<string, { readonly informer: Informer<ApiObject>; readonly resource: Discovered }>();
  #kinds = new Map<string, Discovered>();
  #enqueue: Enqueue | undefined;
  #ready: Promise<void> | undefined;
  #stopped = false;
  readonly watches;

  constructor(context: ControllerContext) {
    this.#x = context;
    this.watches = [
      {
        start: () => {
          const again = (): void => void context.clock.after(DEFINITION_SETTLE_MS, () => void this.#rediscover());
          return context.informers
            .of(RESOURCES.customResourceDefinitions)
            .addHandlers({ add: (_, initial) => (initial ? undefined : again()), update: again, delete: again });
        },
      },
    ];
  }
  begin(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
    const everySoOften = async (): Promise<void> => {
      await this.#rediscover();
      if (!this.#stopped) this.#x.clock.after(REDISCOVER_MS, () => void everySoOften());
    };
    this.#ready = everySoOften();
  }
  stop(): void {
    this.#stopped = true;
    for (const { informer } of this.#monitors.values()) void informer.stop();
  }

  async #rediscover(): Promise<void> {
    if (this.#stopped) return;
    try {
      const { resources, failures } = await discover(this.#x.client);
      const wanted = resources.filter((r) => ["list", "watch", "delete"].every((v) => r.verbs.has(v)) && !isIgnored(r));
      this.#kinds = new Map(resources.map((r) => [keyOfKind(r.group, r.kind), r]));
      const added = wanted.filter((r) => !this.#monitors.has(monitorKey(r))).map((r) => this.#monitor(r));
      const known = new Set(wanted.map(monitorKey));
      for (const [key, { informer, resource }] of this.#monitors) {
        // A group that does not answer is not a group that is gone.
        if (known.has(key) || failures.some((f) => f.startsWith(`${resource.group}/`))) continue;
        this.#monitors.delete(key);
        void informer.stop();
        for (const object of informer.lister.list()) this.#gone(object.metadata.uid);
      }
      const timeout = new Promise<void>((resolve) => this.#x.clock.after(MONITOR_SYNC_MS, resolve));
      await Promise.race([Promise.all(added.map((i) => i.synced())), timeout]);
    } catch (error) {
      this.#x.log.warn("kinds could not be discovered", { why: (error as Error).message });
    }
  }
  #monitor(resource: Discovered): Informer<ApiObject> {
    const { client, clock, random, log } = this.#x;
    const informer = new Informer<ApiObject>({
      client: client.metadata(resource),
      clock,
      random: random.fork(monitorKey(resource)),
      log,
      transform: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata: slim(metadata) }),
    });
    const take = (object: ApiObject): void => this.#wanted(this.#graph.set(nodeOf(resource, object)));
    informer.addHandlers({ add: take, update: (_, now) => take(now), delete: (last) => this.#gone(last.metadata.uid) });
    informer.start();
    this.#monitors.set(monitorKey(resource), { informer, resource });
    return informer;
  }
  #wanted({ look, elsewhere }: Wanted): void {
    for (const uid of look) this.#enqueue?.(uid);
    for (const { node, owner } of elsewhere) {
      const text = `[${owner.apiVersion}/${owner.kind}, namespace: ${node.namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
      const about = { ...referenceOf(node), namespace: node.namespace };
      this.#x.events.event(
        about,
        "Warning",
        "OwnerRefInvalidNamespace",
        `ownerRef ${text} does not exist in namespace "${node.namespace}"`,
      );
    }
  }
  #gone(uid: string): void {
    for (const look of this.#graph.delete(uid)) this.#enqueue?.(look);
  }

  async reconcile(uid: string): Promise<undefined> {
    await this.#ready;
    const node = this.#graph.get(uid);
    if (node === undefined) return undefined;
    if (isOrphaning(node)) return this.#orphan(node);
    if (node.isDeleting && !isForeground(node)) return undefined;
    const client = this.#client(node);
    const object = await client.get(node.name).catch(ifGone);
    if (object === undefined || object.metadata.uid !== uid) {
      this.#gone(uid);
      return undefined;
    }
    if (isForeground(node)) return this.#foreground(node, object, client);
    return this.#collect(node, object, client);
  }
  #client(node: Node): ResourceClient<ApiObject> {
    return this.#x.client.metadata(node.resource, node.namespace);
  }

  async #collect(node: Node, object: ApiObject, client: ResourceClient<ApiObject>): Promise<undefined> {
    const owners: { reference: Readonly<OwnerReference>; state: OwnerState }[] = [];
    for (const reference of object.metadata.ownerReferences ?? []) {
      const state = await this.#stateOf(node, reference);
      // A cluster-scoped object that names a namespaced owner: wrong, and nothing to decide by.
      if (state === undefined) return undefined;
      owners.push({ reference, state });
    }
    const dependents = this.#graph.dependents(node.uid);
    const action = plan({ object, owners, hasDependents: dependents.length > 0, dependentWaits: dependents.some(isForeground) });
    switch (action.kind) {
      case "none":
        return undefined;
      case "setOwners":
        await this.#patch(client, object, { ownerReferences: action.owners });
        return undefined;
      case "delete": {
        const current = action.unblock === undefined ? object : await this.#patch(client, object, { ownerReferences: action.unblock });
        if (current === undefined) return undefined;
        const preconditions = { uid: node.uid, resourceVersion: current.metadata.resourceVersion };
        await client.delete(node.name, { propagationPolicy: action.policy, preconditions }).catch(ifGone);
        return undefined;
      }
    }
  }
  /** Asks the server: what is missing in a cache may only be late. */
  async #stateOf(node: Node, reference: Readonly<OwnerReference>): Promise<OwnerState | undefined> {
    const known = this.#kinds.get(keyOfKind(groupOf(reference.apiVersion), reference.kind));
    if (known === undefined) throw new Error(`unable to get REST mapping for ${reference.apiVersion}/${reference.kind}.`);
    if (known.namespaced && node.namespace === "") return undefined;
    const owner = await this.#x.client
      .metadata(known, known.namespaced ? node.namespace : "")
      .get(reference.name)
      .catch(ifGone);
    if (owner === undefined || owner.metadata.uid !== reference.uid) return "dangling";
    return isForeground(nodeOf(known, owner)) ? "waiting" : "solid";
  }

  async #foreground(node: Node, object: ApiObject, client: ResourceClient<ApiObject>): Promise<undefined> {
    const blocking = this.#graph.dependents(node.uid).filter((d) => blocks(d, node.uid));
    if (blocking.length === 0) {
      await this.#without(client, object, FOREGROUND);
      return undefined;
    }
    for (const dependent of blocking) if (!isForeground(dependent)) this.#enqueue?.(dependent.uid);
    return undefined;
  }

  async #orphan(node: Node): Promise<undefined> {
    const results = await Promise.allSettled(
      this.#graph.dependents(node.uid).map(async (dependent) => {
        const client = this.#client(dependent);
        const object = await client.get(dependent.name).catch(ifGone);
        if (object === undefined || object.metadata.uid !== dependent.uid) return;
        const owners = object.metadata.ownerReferences ?? [];
        const kept = owners.filter((o) => o.uid !== node.uid);
        if (kept.length < owners.length) await this.#patch(client, object, { ownerReferences: kept });
      }),
    );
    const failed = results.find((r) => r.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const client = this.#client(node);
    const object = await client.get(node.name).catch(ifGone);
    if (object?.metadata.uid === node.uid) await this.#without(client, object, ORPHAN);
    return undefined;
  }
  async #without(client: ResourceClient<ApiObject>, object: ApiObject, finalizer: string): Promise<void> {
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(finalizer)) await this.#patch(client, object, { finalizers: finalizers.filter((f) => f !== finalizer) });
  }
  /** Only onto the version that was looked at. */
  #patch(client: ResourceClient<ApiObject>, object: ApiObject, metadata: object): Promise<ApiObject | undefined> {
    const { name, resourceVersion, uid } = object.metadata;
    return client.patch(name, "merge", { metadata: { resourceVersion, uid, ...metadata } }).catch(ifGone);
  }
}

const monitorKey = (r: Resource): string => `${r.group}/${r.version}/${r.resource}`;
const slim = ({ managedFields: _, annotations: __, labels: ___, ...metadata }: ApiObject["metadata"]): ApiObject["metadata"] => metadata;
const referenceOf = (node: Node): { apiVersion: string; kind: string; name: string; uid: string } => ({
  apiVersion: apiVersionOf(node.resource),
  kind: node.resource.kind,
  name: node.name,
  uid: node.uid,
});
