import {
  compareQuantities,
  equalJson,
  forbidden,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  parseQuantity,
} from "../../../kube/meta/index.js";
import { isPods, listOf, podSpec } from "../pods.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

const is = (request: AdmissionRequest, group: string, resource: string): boolean =>
  request.row.group === group && request.row.resource === resource && request.subresource === "";
const specOf = (object: KubeObject): JsonObject => (isObject(object["spec"] as Json) ? (object["spec"] as JsonObject) : {});
const refused = (request: AdmissionRequest, why: string) =>
  forbidden({ group: request.row.group, resource: request.row.resource }, request.name, why);

/** A new node takes nothing until somebody says that it is ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  admit: (request) => {
    const { object } = request;
    if (!object || !is(request, "", "nodes") || request.operation !== "CREATE") return;
    const spec = { ...specOf(object) };
    const taints = listOf(spec, "taints");
    const key = "node.kubernetes.io/not-ready";
    if (!taints.some((t) => t["key"] === key && t["effect"] === "NoSchedule")) spec["taints"] = [...taints, { key, effect: "NoSchedule" }];
    object["spec"] = spec;
  },
};

const newest = (a: KubeObject, b: KubeObject): number => {
  const [x, y] = [String(a.metadata.creationTimestamp ?? ""), String(b.metadata.creationTimestamp ?? "")];
  if (x !== y) return x < y ? 1 : -1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
};

/** A claim without a class gets the default one. */
export const defaultStorageClass = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "DefaultStorageClass",
  admit: async (request) => {
    const { object } = request;
    if (!object || !is(request, "", "persistentvolumeclaims") || request.operation !== "CREATE") return;
    const spec = specOf(object);
    if (spec["storageClassName"] !== undefined || object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined)
      return;
    const isDefault = (c: KubeObject): boolean =>
      ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"].some(
        (a) => c.metadata.annotations?.[a] === "true",
      );
    const [found] = (await reader.list("storage.k8s.io", "storageclasses", "")).filter(isDefault).sort(newest);
    if (found) spec["storageClassName"] = found.metadata.name ?? "";
  },
});

/** An ingress that names no class gets the default one. */
export const defaultIngressClass = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "DefaultIngressClass",
  admit: async (request) => {
    const { object } = request;
    if (!object || !is(request, "networking.k8s.io", "ingresses") || request.operation !== "CREATE") return;
    const spec = specOf(object);
    if (spec["ingressClassName"] !== undefined || object.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
    const all = await reader.list("networking.k8s.io", "ingressclasses", "");
    const [found] = all.filter((c) => c.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true").sort(newest);
    if (found) spec["ingressClassName"] = found.metadata.name ?? "";
  },
});

const PROTECTED: Readonly<Record<string, string>> = {
  "/persistentvolumes": "kubernetes.io/pv-protection",
  "/persistentvolumeclaims": "kubernetes.io/pvc-protection",
  "storage.k8s.io/volumeattributesclasses": "kubernetes.io/vac-protection",
};
/** What somebody may use is not removed under his feet. */
export const storageInUse: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  admit: (request) => {
    const { object, row } = request;
    const finalizer = PROTECTED[`${row.group}/${row.resource}`];
    if (!object || finalizer === undefined || request.subresource !== "" || request.operation !== "CREATE") return;
    const had = object.metadata.finalizers ?? [];
    if (!had.includes(finalizer)) object.metadata.finalizers = [...had, finalizer];
  },
};

const storageOf = (claim: KubeObject): string | undefined => {
  const resources = specOf(claim)["resources"];
  const requests = isObject(resources) ? resources["requests"] : undefined;
  return isObject(requests) && typeof requests["storage"] === "string" ? requests["storage"] : undefined;
};
/** Claims grow only when they are bound and their class can. */
export const claimResize = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "PersistentVolumeClaimResize",
  validate: async (request) => {
    const { object, old } = request;
    if (!object || !old || !is(request, "", "persistentvolumeclaims") || request.operation !== "UPDATE") return;
    const [now, was] = [storageOf(object), storageOf(old)];
    if (now === undefined || was === undefined || compareQuantities(parseQuantity(now), parseQuantity(was)) <= 0) return;
    const status = old["status"] as JsonObject | undefined;
    if (status?.["phase"] !== "Bound") throw refused(request, "Only bound persistent volume claims can be expanded");
    const name = String(
      specOf(object)["storageClassName"] ?? object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? "",
    );
    const found = name === "" ? undefined : await reader.get("storage.k8s.io", "storageclasses", "", name);
    if (found?.["allowVolumeExpansion"] === true) return;
    throw refused(
      request,
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    );
  },
});

/** Overhead and scheduling of the runtime that a pod asks for. */
export const runtimeClass = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "RuntimeClass",
  admit: async (request) => {
    const pod = podToCreate(request);
    if (!pod) return;
    const found = await runtimeOf(reader, request, pod);
    if (!found) return;
    const spec = podSpec(pod);
    const overhead = isObject(found["overhead"] as Json) ? (found["overhead"] as JsonObject)["podFixed"] : undefined;
    if (isObject(overhead)) {
      if (spec["overhead"] !== undefined && !equalJson(spec["overhead"] as Json, overhead)) {
        throw refused(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      }
      spec["overhead"] = overhead;
    }
    if (isObject(found["scheduling"] as Json)) mergeScheduling(request, spec, found["scheduling"] as JsonObject);
  },
  validate: async (request) => {
    const pod = podToCreate(request);
    if (!pod || podSpec(pod)["overhead"] === undefined) return;
    const found = await runtimeOf(reader, request, pod);
    const overhead = found && isObject(found["overhead"] as Json) ? (found["overhead"] as JsonObject)["podFixed"] : undefined;
    if (!isObject(overhead)) throw refused(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
  },
});
const podToCreate = (request: AdmissionRequest): KubeObject | undefined =>
  isPods(request) && request.subresource === "" && request.operation === "CREATE" ? request.object : undefined;
async function runtimeOf(reader: AdmissionReader, request: AdmissionRequest, pod: KubeObject): Promise<KubeObject | undefined> {
  const name = podSpec(pod)["runtimeClassName"];
  if (typeof name !== "string") return undefined;
  const found = await reader.get("node.k8s.io", "runtimeclasses", "", name);
  if (!found) throw refused(request, `pod rejected: RuntimeClass "${name}" not found`);
  return found;
}
function mergeScheduling(request: AdmissionRequest, spec: JsonObject, scheduling: JsonObject): void {
  const wanted = (scheduling["nodeSelector"] ?? {}) as Record<string, string>;
  const own = (spec["nodeSelector"] ?? {}) as Record<string, string>;
  for (const [key, value] of Object.entries(wanted)) {
    if (own[key] !== undefined && own[key] !== value) {
      throw refused(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own[key]}`,
      );
    }
  }
  if (Object.keys(wanted).length > 0) spec["nodeSelector"] = { ...own, ...wanted };
  const tolerations = listOf(spec, "tolerations");
  const added = listOf(scheduling, "tolerations").filter((t) => !tolerations.some((o) => equalJson(o, t)));
  if (added.length > 0) spec["tolerations"] = [...tolerations, ...added];
}

const TOPOLOGY = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];
/** A pod carries the zone and region of the node that it is given. */
export const podTopologyLabels = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "PodTopologyLabels",
  admit: async (request) => {
    const { object } = request;
    if (!object || request.operation !== "CREATE") return;
    const node = nodeOf(request, object);
    const found = node === "" ? undefined : await reader.get("", "nodes", "", node);
    const labels = Object.entries(found?.metadata.labels ?? {}).filter(([key]) => TOPOLOGY.includes(key));
    if (labels.length > 0) object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(labels) };
  },
});
function nodeOf(request: AdmissionRequest, object: KubeObject): string {
  if (request.kind.kind === "Binding") {
    const target = object["target"] as JsonObject | undefined;
    return target?.["kind"] === undefined || target["kind"] === "Node" || target["kind"] === "" ? String(target?.["name"] ?? "") : "";
  }
  return isPods(request) && request.subresource === "" ? String(podSpec(object)["nodeName"] ?? "") : "";
}

/** The signer for clients of the API does not make administrators. */
export const certificateSubject: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  validate: (request) => {
    const { object } = request;
    if (!object || !is(request, "certificates.k8s.io", "certificatesigningrequests") || request.operation !== "CREATE") return;
    const spec = specOf(object);
    if (spec["signerName"] !== "kubernetes.io/kube-apiserver-client") return;
    const der = Buffer.from(
      Buffer.from(String(spec["request"] ?? ""), "base64")
        .toString()
        .replace(/-----[^-]+-----/g, ""),
      "base64",
    );
    // The subject's organization as it stands in DER: a UTF8 or printable string of just this text.
    if (der.includes(Buffer.from("system:masters"))) {
      throw refused(request, "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed");
    }
  },
};
