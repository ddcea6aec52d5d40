import type { KubeObject } from "../kube/meta/index.js";
import { type NodeInfo, type PodInfo, resourcesNamed } from "./cycle/index.js";
import type { ExtenderSettings } from "./extender-settings.js";
import { EXTENDER_ANSWER_BYTES_MAX, EXTENDER_SCORE_MAX } from "./limits.js";

/** What an extender said of nodes that passed all filters. */
export interface ExtenderVerdict {
  readonly nodes: readonly NodeInfo[];
  /** Why others are out, by name. */
  readonly failed: ReadonlyMap<string, { readonly reason: string; readonly canPreempt: boolean }>;
}
/** Asks one program over HTTP. Every method rejects when it does not answer well; whether that matters is its settings' business. */
export class Extender {
  readonly settings: ExtenderSettings;
  constructor(settings: ExtenderSettings) {
    this.settings = settings;
  }

  isInterested(pod: PodInfo): boolean {
    const { managedResources } = this.settings;
    return managedResources.length === 0 || managedResources.some((name) => resourcesNamed(pod).has(name));
  }

  async filter(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<ExtenderVerdict> {
    const answer = await this.#ask<FilterResult>(this.settings.filterVerb, this.#nodesArgs(pod, nodes));
    if (answer.error) throw new Error(answer.error);
    const kept = new Set(
      this.settings.nodeCacheCapable ? (answer.nodenames ?? []) : (answer.nodes?.items ?? []).map((n) => n.metadata.name),
    );
    const failed = new Map<string, { reason: string; canPreempt: boolean }>();
    for (const [name, reason] of Object.entries(answer.failedNodes ?? {})) failed.set(name, { reason, canPreempt: true });
    for (const [name, reason] of Object.entries(answer.failedAndUnresolvableNodes ?? {})) failed.set(name, { reason, canPreempt: false });
    return { nodes: nodes.filter((n) => kept.has(n.name)), failed };
  }

  /** Weighted scores by node name, on the scale of plugins'. */
  async prioritize(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<ReadonlyMap<string, number>> {
    const list = await this.#ask<readonly { readonly host: string; readonly score: number }[]>(
      this.settings.prioritizeVerb,
      this.#nodesArgs(pod, nodes),
    );
    return new Map(list.map(({ host, score }) => [host, (score * this.settings.weight * 100) / EXTENDER_SCORE_MAX]));
  }

  async bind(pod: PodInfo, node: string): Promise<void> {
    const answer = await this.#ask<{ readonly error?: string }>(this.settings.bindVerb, {
      podName: pod.name,
      podNamespace: pod.namespace,
      podUID: pod.uid,
      node,
    });
    if (answer.error) throw new Error(answer.error);
  }

  #nodesArgs(pod: PodInfo, nodes: readonly NodeInfo[]): object {
    if (this.settings.nodeCacheCapable) return { pod: pod.object, nodenames: nodes.map((n) => n.name) };
    return { pod: pod.object, nodes: { kind: "NodeList", apiVersion: "v1", metadata: {}, items: nodes.map((n) => n.object) } };
  }
  async #ask<T>(verb: string, body: object): Promise<T> {
    const { urlPrefix, timeoutMs } = this.settings;
    const url = `${urlPrefix}/${verb}`;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
    });
    if (!response.ok) throw new Error(`extender at URL ${url} answered ${response.status}`);
    const text = await response.text();
    if (text.length > EXTENDER_ANSWER_BYTES_MAX) throw new Error(`extender at URL ${url} answered with ${text.length} bytes`);
    return JSON.parse(text) as T;
  }
}
interface FilterResult {
  readonly nodes?: { readonly items?: readonly KubeObject[] } | null;
  readonly nodenames?: readonly string[] | null;
  readonly failedNodes?: Readonly<Record<string, string>> | null;
  readonly failedAndUnresolvableNodes?: Readonly<Record<string, string>> | null;
  readonly error?: string;
}
