import type { GroupVersionKind, JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { AdmissionRequest, MutationRounds } from "../admission/types.js";
import type { Admit } from "../registry/index.js";
import type { DeleteOptions } from "../resources/index.js";
import type { Api, Exchange } from "./exchange.js";

export interface About {
  readonly operation: AdmissionRequest["operation"];
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly dryRun: boolean;
  readonly kind?: GroupVersionKind;
  readonly subresource?: string;
  readonly options?: DeleteOptions;
}

/** As the original decodes them: what is not said is not there. */
function givenOptions({ info: { query } }: Exchange, { operation, options }: About): JsonObject | undefined {
  // Options of a connection are its object.
  if (operation === "CONNECT") return undefined;
  const apiVersion = "meta.k8s.io/v1";
  if (operation === "DELETE") return { ...(options as JsonObject | undefined), kind: "DeleteOptions", apiVersion };
  const dryRun = query.getAll("dryRun").filter((d) => d !== "");
  const texts = ["fieldManager", "fieldValidation"].flatMap((key) => {
    const value = query.get(key) ?? "";
    return value === "" ? [] : [[key, value] as const];
  });
  const kind = operation === "CREATE" ? "CreateOptions" : "UpdateOptions";
  return { kind, apiVersion, ...(dryRun.length === 0 ? {} : { dryRun }), ...Object.fromEntries(texts) };
}

function requestOf(x: Exchange, about: About): AdmissionRequest {
  const { row, version } = x.found;
  const given = givenOptions(x, about);
  return {
    operation: about.operation,
    row,
    subresource: about.subresource ?? x.info.subresource,
    kind: about.kind ?? { group: row.group, version: version.name, kind: row.kind },
    namespace: row.resource === "namespaces" && row.group === "" ? about.name : x.info.namespace,
    name: about.name,
    object: about.object,
    old: about.old,
    options: about.options,
    version: version.name,
    ...(given === undefined ? {} : { given }),
    dryRun: about.dryRun,
    user: x.user,
    nowMs: x.nowMs,
    warn: (text) => x.warnings.add(text),
  };
}

class Rounds implements MutationRounds {
  isSecond = false;
  isWanted = false;
  wantSecond(): void {
    this.isWanted = true;
  }
}
/** Every mutating plugin in order, and all once more if one of them wants it; `about.object` is changed. */
export async function admitMutating(x: Exchange, about: About): Promise<void> {
  const rounds = new Rounds();
  const request = { ...requestOf(x, about), rounds };
  await mutate(x.api.admission, request);
  if (!rounds.isWanted) return;
  rounds.isSecond = true;
  await mutate(x.api.admission, request);
}
/** Most plugins answer at once: waiting for each would cost a write dozens of turns of the microtask queue. */
async function mutate(plugins: Api["admission"], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) {
    const done = plugin.admit?.(request);
    if (done !== undefined) await done;
  }
}
/** Every validating plugin in order, on the complete object. */
export async function admitValidating(x: Exchange, about: About): Promise<void> {
  const request = requestOf(x, about);
  for (const plugin of x.api.admission) {
    const done = plugin.validate?.(request);
    if (done !== undefined) await done;
  }
}
/** The registry's last question before it writes. */
export const validating =
  (x: Exchange, how: { readonly name: string; readonly dryRun: boolean; readonly options?: DeleteOptions }): Admit =>
  (request) =>
    admitValidating(x, { ...how, ...request, name: how.name || (request.object?.metadata.name ?? "") });
