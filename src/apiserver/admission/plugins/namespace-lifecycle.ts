import { failure, forbidden, notFound, type StatusError } from "../../../kube/meta/index.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

/** The namespaces that a cluster cannot be without. */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is made in a namespace that is not there or is going away; three can never go. */
export function namespaceLifecycle(reader: AdmissionReader): AdmissionPlugin {
  return {
    name: "NamespaceLifecycle",
    admit: async (request) => {
      const isNamespace = request.row.group === "" && request.row.resource === "namespaces";
      if (isNamespace) {
        if (request.operation === "DELETE" && IMMORTAL.has(request.name)) {
          throw forbidden({ group: "", resource: "namespaces" }, request.name, "this namespace may not be deleted");
        }
        return;
      }
      // An empty name is refused by the rules of metadata.
      if (!request.row.namespaced || request.namespace === "") return;
      if (request.operation === "DELETE" || request.operation === "CONNECT" || isReview(request)) return;
      const namespace = await reader.get("", "namespaces", "", request.namespace);
      if (!namespace) throw notFound({ group: "", resource: "namespaces" }, request.namespace);
      if (request.operation === "CREATE" && namespace.metadata.deletionTimestamp) throw terminating(request);
    },
  };
}
const isReview = (request: AdmissionRequest): boolean =>
  request.row.group === "authorization.k8s.io" && request.row.resource === "localsubjectaccessreviews";

function terminating(request: AdmissionRequest): StatusError {
  const { row, namespace, name } = request;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const refused = forbidden({ group: row.group, resource: row.resource }, name, why);
  const causes = [{ reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" }];
  return failure("Forbidden", refused.status.message ?? why, { details: { ...refused.status.details, causes } });
}
