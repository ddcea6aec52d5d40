import { type ApiObject, isAlreadyExists, isNamespaceTerminating, isNotFound, RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import type { Namespace } from "../shared/types.js";
import { plan } from "./plan.js";

/** Each active namespace has its default service account. */
export const serviceAccountRow: ControllerRow = {
  name: "serviceaccount",
  account: "service-account-controller",
  workers: 5,
  reads: [RESOURCES.namespaces, RESOURCES.serviceAccounts],
  create,
};

function create({ informers, client }: ControllerContext): RunningController {
  const namespaces = informers.of<Namespace>(RESOURCES.namespaces);
  const accounts = informers.of<ApiObject>(RESOURCES.serviceAccounts);
  return {
    watches: [
      watching(namespaces, (ns, { kind }) => (kind === "delete" ? undefined : [ns.metadata.name])),
      watching(accounts, (account, { kind }) => (kind === "delete" ? [account.metadata.namespace ?? ""] : undefined)),
    ],
    reconcile: async (key) => {
      const names = new Set(accounts.lister.inNamespace(key).map((a) => a.metadata.name));
      for (const name of plan(namespaces.lister.get(key), names)) {
        await client
          .resource(RESOURCES.serviceAccounts, key)
          .create({ metadata: { name, namespace: key } })
          .catch((error: unknown) => {
            if (!isAlreadyExists(error) && !isNamespaceTerminating(error) && !isNotFound(error)) throw error;
          });
      }
      return undefined;
    },
  };
}
