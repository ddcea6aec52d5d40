import { type KubeObject, StatusError } from "../kube/meta/index.js";
import { applyDefaults } from "../kube/schema/index.js";
import { MASTERS, userOf } from "./chain/index.js";
import type { Target, Writer } from "./registry/index.js";
import type { ServedVersion } from "./resources/index.js";
import type { Api } from "./verbs/index.js";

const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Makes what every cluster has. Masters do it side by side: what is there already is left alone. */
export async function bootstrap(api: Api): Promise<void> {
  await Promise.all(NAMESPACES.map((name) => ensure(api, "", "namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name } })));
}

async function ensure(api: Api, group: string, resource: string, object: KubeObject): Promise<void> {
  const row = api.table.row(group, resource);
  if (!row) return;
  const version = row.versions[0] as ServedVersion;
  const target: Target = { row, version, namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "", part: undefined };
  const writer: Writer = {
    user: userOf("system:apiserver", [MASTERS]),
    fieldManager: "kube-apiserver",
    dryRun: false,
    nowMs: api.clock.wallMs(),
    warn: () => {},
  };
  try {
    await api.registry.create(target, applyDefaults(version.schema(), object), writer, () => {});
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.reason !== "AlreadyExists") throw error;
  }
}
