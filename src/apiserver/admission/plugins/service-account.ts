import { forbidden, isObject, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import { containersOf, isMirrorPod, isPods, listOf, podSpec } from "../pods.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

const DEFAULT_ACCOUNT = "default";
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
/** A little over an hour, so that a token asked for with it is known as an injected one. */
const TOKEN_SECONDS = 3_607;

/** Every pod runs as a service account, and finds its token unless it or the account does not want that. */
export function serviceAccount(reader: AdmissionReader, randomSuffix: () => string): AdmissionPlugin {
  return {
    name: "ServiceAccount",
    admit: async (request) => {
      const pod = request.object;
      if (!pod || !isPods(request) || request.subresource !== "" || request.operation !== "CREATE" || isMirrorPod(pod)) return;
      const spec = podSpec(pod);
      if (!spec["serviceAccountName"]) {
        spec["serviceAccountName"] = DEFAULT_ACCOUNT;
        spec["serviceAccount"] = DEFAULT_ACCOUNT;
      }
      const account = await accountOf(reader, request, String(spec["serviceAccountName"]));
      if (wantsToken(spec, account)) mountToken(spec, VOLUME_PREFIX + randomSuffix());
      const secrets = account["imagePullSecrets"];
      if (listOf(spec, "imagePullSecrets").length === 0 && Array.isArray(secrets) && secrets.length > 0) spec["imagePullSecrets"] = secrets;
    },
    validate: (request) => {
      const pod = request.object;
      if (!pod || !isPods(request) || request.subresource !== "" || request.operation !== "CREATE" || !isMirrorPod(pod)) return;
      const spec = podSpec(pod);
      if (spec["serviceAccountName"]) throw refused(request, "a mirror pod may not reference service accounts");
    },
  };
}

const refused = (request: AdmissionRequest, why: string) => forbidden({ group: "", resource: "pods" }, request.name, why);

async function accountOf(reader: AdmissionReader, request: AdmissionRequest, name: string): Promise<KubeObject> {
  const account = await reader.get("", "serviceaccounts", request.namespace, name);
  if (account) return account;
  const why = name.includes("/")
    ? `invalid resource name ${JSON.stringify(name)}: [may not contain '/']`
    : `serviceaccount "${name}" not found`;
  throw refused(request, `error looking up service account ${request.namespace}/${name}: ${why}`);
}
function wantsToken(spec: JsonObject, account: KubeObject): boolean {
  const own = spec["automountServiceAccountToken"];
  if (typeof own === "boolean") return own;
  return account["automountServiceAccountToken"] !== false;
}

function mountToken(spec: JsonObject, fresh: string): void {
  const existing = listOf(spec, "volumes").find(
    (v) => typeof v["name"] === "string" && v["name"].startsWith(VOLUME_PREFIX) && isObject(v["projected"]),
  );
  const name = typeof existing?.["name"] === "string" ? existing["name"] : fresh;
  let mounted = false;
  for (const container of containersOf(spec)) {
    const mounts = listOf(container, "volumeMounts");
    if (mounts.some((m) => m["mountPath"] === TOKEN_PATH)) continue;
    container["volumeMounts"] = [...mounts, { name, readOnly: true, mountPath: TOKEN_PATH }];
    mounted = true;
  }
  if (mounted && !existing) spec["volumes"] = [...listOf(spec, "volumes"), tokenVolume(name)];
}
const tokenVolume = (name: string): JsonObject => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
    ],
    defaultMode: 420,
  },
});
