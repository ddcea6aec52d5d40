import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isObject, type Json, type JsonObject } from "../meta/index.js";
import { parseYaml } from "../schema/index.js";
import type { HttpsOptions } from "./https.js";

/** A kubeconfig that cannot be used; the message names the entry. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/** What one context of a kubeconfig file says: the current one when none is named. Files it names are read relative to it. */
export function readKubeconfig(path: string, context?: string): HttpsOptions {
  return fromKubeconfig(readFileSync(path, "utf8"), { directory: dirname(resolve(path)), ...(context === undefined ? {} : { context }) });
}

export function fromKubeconfig(text: string, options: { readonly directory: string; readonly context?: string }): HttpsOptions {
  const root = objectOf(parseYaml(text).value);
  const name = options.context ?? textOf(root["current-context"]) ?? "";
  const context = named(root, "contexts", name, "context");
  const cluster = named(root, "clusters", textOf(context["cluster"]) ?? "", "cluster");
  const user = textOf(context["user"]) === undefined ? {} : named(root, "users", textOf(context["user"]) ?? "", "user");
  const server = textOf(cluster["server"]);
  if (server === undefined) throw new KubeconfigError(`cluster of context "${name}" has no server`);
  const pem = (from: JsonObject, key: string): string | undefined => {
    const data = textOf(from[`${key}-data`]);
    if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
    const file = textOf(from[key]);
    return file === undefined ? undefined : readFileSync(resolve(options.directory, file), "utf8");
  };
  const ca = pem(cluster, "certificate-authority");
  const cert = pem(user, "client-certificate");
  const key = pem(user, "client-key");
  const token = tokenOf(user, options.directory);
  const serverName = textOf(cluster["tls-server-name"]);
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
    ...(serverName === undefined ? {} : { tlsServerName: serverName }),
    ...(String(cluster["insecure-skip-tls-verify"]) === "true" ? { insecureSkipTlsVerify: true } : {}),
  };
}

/** A token's file is read each time: the kubelet renews it under the reader's hands. */
function tokenOf(user: JsonObject, directory: string): (() => string) | undefined {
  const file = textOf(user["tokenFile"]);
  if (file !== undefined) return () => readFileSync(resolve(directory, file), "utf8").trim();
  const token = textOf(user["token"]);
  return token === undefined ? undefined : () => token;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** For a program in a pod: its service account's token and the addresses in its environment. */
export function inClusterConfig(env: Readonly<Record<string, string | undefined>>): HttpsOptions {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (host === undefined || port === undefined)
    throw new KubeconfigError(
      "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined",
    );
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: readFileSync(`${SERVICE_ACCOUNT}/ca.crt`, "utf8"),
    token: () => readFileSync(`${SERVICE_ACCOUNT}/token`, "utf8").trim(),
  };
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const textOf = (value: Json | undefined): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
function named(root: JsonObject, list: string, name: string, field: string): JsonObject {
  const entries = Array.isArray(root[list]) ? root[list] : [];
  const entry = entries.find((e) => isObject(e) && e["name"] === name);
  if (!isObject(entry)) throw new KubeconfigError(`${field} "${name}" does not exist`);
  return objectOf(entry[field]);
}
