import { badRequest, type Json, type KubeObject, notFound } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import type { ObjectReader } from "../resources/index.js";
import { type Exchange, objectResponse, outputOf, selected, shaped, valueResponse } from "../verbs/index.js";

/** A component as this deprecated kind knows them; undefined: it is well. */
interface Component {
  readonly name: string;
  error(x: Exchange, reader: ObjectReader): Promise<string | undefined>;
}

/** Loops run where their lease is held: who renews it is well. */
const byLease = (name: string, lease: string): Component => ({
  name,
  error: async (x, reader) => {
    const spec = (await reader.get("coordination.k8s.io", "leases", "kube-system", lease))?.["spec"] as
      | { readonly holderIdentity?: string; readonly renewTime?: string; readonly leaseDurationSeconds?: number }
      | undefined;
    if (!spec?.holderIdentity) return `nobody holds the lease kube-system/${lease}`;
    const endMs = Date.parse(spec.renewTime ?? "") + (spec.leaseDurationSeconds ?? 0) * 1_000;
    return endMs >= x.nowMs ? undefined : `${spec.holderIdentity} has not renewed the lease kube-system/${lease} in time`;
  },
});
const COMPONENTS: readonly Component[] = [
  byLease("controller-manager", "kube-controller-manager"),
  { name: "etcd-0", error: (x) => x.api.registry.store.get("/registry/health").then(nothing, said) },
  byLease("scheduler", "kube-scheduler"),
];
const nothing = (): undefined => undefined;
const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function statusOf(component: Component, x: Exchange, reader: ObjectReader): Promise<KubeObject> {
  const error = await component.error(x, reader);
  const found: Json = error === undefined ? { status: "True", message: "ok" } : { status: "False", message: error };
  return {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name: component.name },
    conditions: [{ type: "Healthy", ...found }],
  };
}

/** Made when asked for; nothing of it is stored, so there is nothing to watch. */
export async function componentStatuses(x: Exchange, reader: ObjectReader): Promise<ApiResponse> {
  const output = outputOf(x);
  if (x.info.verb === "get") {
    const component = COMPONENTS.find((c) => c.name === x.info.name);
    if (!component) throw notFound({ group: "", resource: "componentstatuses" }, x.info.name);
    return objectResponse(x, await statusOf(component, x, reader), output);
  }
  if (x.info.query.has("continue")) throw badRequest("there is nothing to continue");
  const objects = selected(x, await Promise.all(COMPONENTS.map((c) => statusOf(c, x, reader))));
  if (output.as !== "object") return valueResponse(x, shaped(x, objects, output, { resourceVersion: "" }, true), output);
  const items = objects.map(({ kind: _k, apiVersion: _a, ...rest }) => rest);
  return valueResponse(x, { kind: "ComponentStatusList", apiVersion: "v1", metadata: {}, items } as unknown as KubeObject, output);
}
