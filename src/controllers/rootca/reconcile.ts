import { isAlreadyExists, isNamespaceTerminating, isNotFound, RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import type { Namespace } from "../shared/types.js";
import { type ConfigMap, NAME, plan } from "./plan.js";

/** Publishes the cluster's CA to every namespace, where pods find it. */
export const rootCaRow: ControllerRow = {
  name: "root-ca-certificate-publisher",
  account: "root-ca-cert-publisher",
  workers: 1,
  reads: [RESOURCES.namespaces, RESOURCES.configMaps],
  create,
};

function create({ informers, client, options }: ControllerContext): RunningController {
  const namespaces = informers.of<Namespace>(RESOURCES.namespaces);
  const maps = informers.of<ConfigMap>(RESOURCES.configMaps);
  return {
    watches: [
      watching(namespaces, (ns, { kind }) => (kind === "delete" ? undefined : [ns.metadata.name])),
      watching(maps, (map, { kind }) => (kind === "add" || map.metadata.name !== NAME ? undefined : [map.metadata.namespace ?? ""])),
    ],
    reconcile: async (key) => {
      if (options.rootCa === undefined) return undefined;
      const action = plan(namespaces.lister.get(key), maps.lister.named(key, NAME), options.rootCa);
      const target = client.resource<ConfigMap>(RESOURCES.configMaps, key);
      if (action?.kind === "update") await target.update(action.object);
      if (action?.kind === "create") {
        await target.create(action.object).catch((error: unknown) => {
          if (!isNotFound(error) && !isNamespaceTerminating(error) && !isAlreadyExists(error)) throw error;
        });
      }
      return undefined;
    },
  };
}
