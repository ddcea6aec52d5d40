import type { ApiObject } from "../../kube/client/index.js";
import type { Namespace } from "../shared/types.js";

export const NAME = "kube-root-ca.crt";
const DESCRIPTION = "kubernetes.io/description";
const TEXT =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
export interface ConfigMap extends ApiObject {
  readonly data?: Readonly<Record<string, string>>;
}
export type Action =
  | { readonly kind: "create"; readonly object: Published }
  | { readonly kind: "update"; readonly object: ConfigMap }
  | undefined;
interface Published {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly annotations: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

/** The bundle in a namespace: made where it is missing, mended where somebody changed it. */
export function plan(namespace: Namespace | undefined, there: ConfigMap | undefined, rootCa: string): Action {
  if (namespace === undefined || namespace.status?.phase !== "Active") return undefined;
  const data = { "ca.crt": rootCa };
  const annotations = { [DESCRIPTION]: TEXT };
  if (there === undefined)
    return { kind: "create", object: { metadata: { name: NAME, namespace: namespace.metadata.name, annotations }, data } };
  const isWhole = there.data?.["ca.crt"] === rootCa && Object.keys(there.data).length === 1;
  if (isWhole && there.metadata.annotations?.[DESCRIPTION]) return undefined;
  const metadata = { ...there.metadata, annotations: { ...there.metadata.annotations, ...annotations } };
  return { kind: "update", object: { ...there, metadata, data } };
}
