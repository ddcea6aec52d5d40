import type { KubeObject } from "../../kube/meta/index.js";

/** What field selectors may name: the label and where its value is. `only` leaves out metadata.namespace. */
export interface FieldLabels {
  readonly only?: "name";
  readonly of: Readonly<Record<string, (object: KubeObject) => unknown>>;
}

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** metadata.namespace is accepted for cluster kinds too unless their labels say otherwise. */
export function fieldLabels(_namespaced: boolean, labels: FieldLabels | undefined): ReadonlyMap<string, (object: KubeObject) => string> {
  const all = new Map<string, (object: KubeObject) => string>([["metadata.name", (o) => text(o.metadata.name)]]);
  if (labels?.only !== "name") all.set("metadata.namespace", (o) => text(o.metadata.namespace));
  for (const [label, of] of Object.entries(labels?.of ?? {})) all.set(label, (o) => text(of(o)));
  return all;
}
