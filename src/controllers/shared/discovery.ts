import type { Resource, RestClient } from "../../kube/client/index.js";

export interface Discovered extends Resource {
  readonly verbs: ReadonlySet<string>;
}
export interface Discovery {
  /** Each resource once, in its group's preferred version. */
  readonly resources: readonly Discovered[];
  /** Each group's versions, in the order of preference, though it may have no resources or nobody who answers. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
  /** Groups whose servers do not answer. */
  readonly failures: readonly string[];
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
interface GroupList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly verbs?: readonly string[];
        readonly responseKind?: { readonly kind: string };
      }[];
    }[];
  }[];
}

/** What the server serves now; kinds come and go with their definitions. */
export async function discover(client: RestClient): Promise<Discovery> {
  const lists = await Promise.all(["/api", "/apis"].map((path) => client.json<GroupList>({ method: "GET", path, accept: AGGREGATED })));
  const found = new Map<string, Discovered>();
  const failures: string[] = [];
  const versions = new Map<string, readonly string[]>();
  for (const group of lists.flatMap((list) => list.items ?? [])) {
    const name = group.metadata?.name ?? "";
    versions.set(
      name,
      (group.versions ?? []).map((v) => v.version),
    );
    for (const version of group.versions ?? []) {
      if (version.freshness === "Stale") failures.push(`${name}/${version.version}`);
      for (const r of version.resources ?? []) {
        const key = `${name}/${r.resource}`;
        // Versions come in the order of preference.
        if (found.has(key)) continue;
        found.set(key, {
          group: name,
          version: version.version,
          resource: r.resource,
          kind: r.responseKind?.kind ?? "",
          namespaced: r.scope === "Namespaced",
          verbs: new Set(r.verbs ?? []),
        });
      }
    }
  }
  return { resources: [...found.values()], versions, failures };
}
