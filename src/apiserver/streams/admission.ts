import type { JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { ConnectSubresource } from "../resources/index.js";
import { admitMutating, type Exchange, validating } from "../verbs/index.js";
import { flag } from "./options.js";

/** Admission sees what is asked for as the options' object: policies and webhooks decide who may do what in which pod. */
export async function admitConnect(x: Exchange, sub: ConnectSubresource, path: string): Promise<void> {
  const options = { kind: sub.gvk.kind, apiVersion: "v1", metadata: {}, ...fieldsOf(x.info.query, sub.name, path) } as KubeObject;
  const about = { operation: "CONNECT", object: options, old: undefined } as const;
  const how = { name: x.info.name, dryRun: false, kind: sub.gvk, subresource: sub.name };
  await admitMutating(x, { ...about, ...how });
  await validating(x, how)(about);
}

/** As the original writes them: what is empty is left out. */
function fieldsOf(query: URLSearchParams, name: ConnectSubresource["name"], path: string): JsonObject {
  if (name === "proxy") return path === "" ? {} : { path };
  if (name === "portforward") {
    const ports = query.getAll("ports").flatMap((text) => text.split(",").map(Number));
    return ports.length === 0 ? {} : { ports };
  }
  const fields: Record<string, boolean | string | readonly string[]> = {};
  for (const key of ["stdin", "stdout", "stderr", "tty"]) if (flag(query, key)) fields[key] = true;
  const container = query.get("container") ?? "";
  if (container !== "") fields["container"] = container;
  if (name === "exec") fields["command"] = query.getAll("command");
  return fields as JsonObject;
}
