import { isNamespaceTerminating, RESOURCES, splitKey, timeText } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import { hasEndpoints, podsOf, TriggerTimes, watchServices } from "../shared/endpoints.js";
import { ifGone } from "../shared/gone.js";
import { isJsonEqual } from "../shared/same.js";
import type { Pod, Service } from "../shared/types.js";
import { type Endpoints, isMarked, overCapacityAnnotations, plan } from "./plan.js";

export const endpointsRow: ControllerRow = {
  name: "endpoints",
  account: "endpoint-controller",
  workers: 5,
  reads: [RESOURCES.services, RESOURCES.pods, RESOURCES.endpoints],
  create,
};

/** The old endpoints objects also carried elections: those are not a service's. */
const ELECTION = "control-plane.alpha.kubernetes.io/leader";

function create({ informers, client, events }: ControllerContext): RunningController {
  const services = informers.of<Service>(RESOURCES.services);
  const pods = informers.of<Pod>(RESOURCES.pods);
  const all = informers.of<Endpoints>(RESOURCES.endpoints);
  const triggers = new TriggerTimes();
  const drop = async (key: string): Promise<undefined> => {
    triggers.forget(key);
    const { namespace, name } = splitKey(key);
    const there = all.lister.get(key);
    if (there === undefined || there.metadata.annotations?.[ELECTION] !== undefined) return undefined;
    await client.resource(RESOURCES.endpoints, namespace).delete(name).catch(ifGone);
    return undefined;
  };
  const write = async (service: Service, there: Endpoints | undefined): Promise<undefined> => {
    const chosen = podsOf(service, pods);
    const planned = plan(service, chosen);
    const changedMs = triggers.changed(service, chosen);
    const { namespace, name } = service.metadata;
    const isSame =
      there !== undefined &&
      isJsonEqual(there.subsets ?? [], planned.subsets) &&
      isJsonEqual(there.metadata.labels ?? {}, planned.labels) &&
      isMarked(there) === planned.overCapacity;
    if (isSame) return undefined;
    const annotations = overCapacityAnnotations(
      there?.metadata.annotations,
      planned,
      changedMs === undefined ? undefined : timeText(changedMs),
    );
    const body = { subsets: planned.subsets };
    const target = client.resource<Endpoints>(RESOURCES.endpoints, namespace);
    try {
      if (there !== undefined)
        await target.update({ ...there, metadata: { ...there.metadata, labels: planned.labels, annotations }, ...body });
      else
        await target.create({
          metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: planned.labels, annotations },
          ...body,
        } as never);
    } catch (error) {
      if (there === undefined && isNamespaceTerminating(error)) return undefined;
      const why = `${namespace}/${name}: ${(error as Error).message}`;
      if (there === undefined) events.event(service, "Warning", "FailedToCreateEndpoint", `Failed to create endpoint for service ${why}`);
      else events.event(there, "Warning", "FailedToUpdateEndpoint", `Failed to update endpoint ${why}`);
      throw error;
    }
    return undefined;
  };
  return {
    watches: [
      ...watchServices(services, pods),
      watching(all, (e, { kind }) => (kind === "update" ? undefined : [`${e.metadata.namespace}/${e.metadata.name}`])),
    ],
    reconcile: async (key) => {
      const service = services.lister.get(key);
      if (service === undefined) return drop(key);
      return hasEndpoints(service) ? write(service, all.lister.get(key)) : undefined;
    },
  };
}
