import { isNamespaceTerminating, RESOURCES, timeText } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import { ownerReference } from "../shared/claim.js";
import { createNamed, generatedName } from "../shared/create.js";
import { hasEndpoints, podsOf, TRIGGER_TIME, TriggerTimes, watchServices } from "../shared/endpoints.js";
import { ifGone } from "../shared/gone.js";
import type { Node, Pod, Service } from "../shared/types.js";
import { type Action, labelsOf, MANAGED_BY, MANAGER, plan, SERVICE_NAME, type Slice } from "./plan.js";

export const endpointSliceRow: ControllerRow = {
  name: "endpointslice",
  account: "endpointslice-controller",
  component: "endpoint-slice-controller",
  workers: 5,
  reads: [RESOURCES.services, RESOURCES.pods, RESOURCES.nodes, RESOURCES.endpointSlices],
  create: (context) => new EndpointSliceController(context),
};

/** What was just written is seen by the cache after a moment; until then a second look would write it again. */
const SETTLE_MS = 20;
const ZONE = "topology.kubernetes.io/zone";

class EndpointSliceController implements RunningController {
  readonly watches;
  readonly #x: ControllerContext;
  readonly #services;
  readonly #pods;
  readonly #nodes;
  readonly #slices;
  readonly #triggers = new TriggerTimes();
  /** Names of slices that were written and not yet seen so, by service. */
  readonly #unseen = new Map<string, Map<string, string>>();

  constructor(context: ControllerContext) {
    const { informers } = context;
    this.#x = context;
    this.#services = informers.of<Service>(RESOURCES.services);
    this.#pods = informers.of<Pod>(RESOURCES.pods);
    this.#nodes = informers.of<Node>(RESOURCES.nodes);
    this.#slices = informers.of<Slice>(RESOURCES.endpointSlices);
    this.#slices.addIndex("service", (s) => (isOurs(s) ? [serviceKey(s)] : []));
    this.watches = [
      ...watchServices(this.#services, this.#pods),
      watching(this.#slices, (slice, { old }) => [slice, ...(old === undefined ? [] : [old])].filter(isOurs).map(serviceKey)),
      watching(this.#nodes, (node, { kind, old }) =>
        kind === "update" && old?.metadata.labels?.[ZONE] === node.metadata.labels?.[ZONE] ? undefined : this.#onNode(node),
      ),
    ];
  }
  #onNode(node: Node): readonly string[] {
    const namespaces = new Set(
      this.#pods.lister
        .list()
        .filter((p) => p.spec.nodeName === node.metadata.name)
        .map((p) => p.metadata.namespace ?? ""),
    );
    return [...namespaces].flatMap((ns) => this.#services.lister.inNamespace(ns).map((s) => `${ns}/${s.metadata.name}`));
  }

  async reconcile(key: string): Promise<number | undefined> {
    const service = this.#services.lister.get(key);
    const slices = this.#slices.lister.by("service", key);
    if (service === undefined) {
      // The garbage collector takes the slices with the service.
      this.#triggers.forget(key);
      this.#unseen.delete(key);
      return undefined;
    }
    if (!hasEndpoints(service) || service.metadata.deletionTimestamp !== undefined) return undefined;
    if (!this.#hasSeen(key, slices)) return SETTLE_MS;
    const pods = podsOf(service, this.#pods);
    const changedMs = this.#triggers.changed(service, pods);
    const actions = plan({
      service,
      pods,
      node: (name) => this.#nodes.lister.get(name),
      slices: slices.filter((s) => !s.metadata.deletionTimestamp),
    });
    const annotations = changedMs === undefined ? {} : { [TRIGGER_TIME]: timeText(changedMs) };
    for (const action of actions) {
      try {
        await this.#act(key, service, action, annotations);
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined;
        const { namespace, name } = service.metadata;
        const text = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${(error as Error).message}`;
        this.#x.events.event(service, "Warning", "FailedToUpdateEndpointSlices", text);
        throw error;
      }
    }
    return undefined;
  }
  #hasSeen(key: string, slices: readonly Slice[]): boolean {
    const unseen = this.#unseen.get(key);
    if (unseen === undefined) return true;
    for (const slice of slices) {
      const version = unseen.get(slice.metadata.name);
      if (version !== undefined && BigInt(slice.metadata.resourceVersion) >= BigInt(version)) unseen.delete(slice.metadata.name);
    }
    const names = new Set(slices.map((s) => s.metadata.name));
    for (const [name, version] of unseen) if (!names.has(name) && this.#isPast(version)) unseen.delete(name);
    if (unseen.size === 0) this.#unseen.delete(key);
    return unseen.size === 0;
  }
  /** The cache is beyond that version: what it does not show was deleted since. */
  #isPast(version: string): boolean {
    const now = this.#slices.revision;
    return now !== "" && BigInt(now) >= BigInt(version);
  }

  async #act(key: string, service: Service, action: Action, triggered: Readonly<Record<string, string>>): Promise<void> {
    const { namespace, name } = service.metadata;
    const target = this.#x.client.resource<Slice>(RESOURCES.endpointSlices, namespace);
    const labels = labelsOf(service);
    if (action.kind === "delete") {
      await target.delete(action.slice.metadata.name).catch(ifGone);
      return;
    }
    if (action.kind === "update") {
      const { [TRIGGER_TIME]: _, ...annotations } = action.slice.metadata.annotations ?? {};
      const metadata = { ...action.slice.metadata, labels, annotations: { ...annotations, ...triggered } };
      this.#wrote(key, await target.update({ ...action.slice, metadata, endpoints: action.endpoints }));
      return;
    }
    const generateName = `${name}-`;
    const { addressType, endpoints, ports } = action;
    const metadata = {
      name: generatedName(generateName, this.#x.random),
      generateName,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: triggered,
      ownerReferences: [ownerReference(service)],
    };
    this.#wrote(key, await createNamed(target, { metadata, ...{ addressType, endpoints, ports } }, service.metadata.uid));
  }
  #wrote(key: string, slice: Slice): void {
    const unseen = this.#unseen.get(key) ?? new Map<string, string>();
    unseen.set(slice.metadata.name, slice.metadata.resourceVersion);
    this.#unseen.set(key, unseen);
  }
}
const isOurs = (slice: Slice): boolean =>
  slice.metadata.labels?.[MANAGED_BY] === MANAGER && slice.metadata.labels[SERVICE_NAME] !== undefined;
const serviceKey = (slice: Slice): string => `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME]}`;
