import type { KubeObject } from "../../kube/meta/index.js";
import type { AdmissionReader } from "../admission/types.js";
import type { ResourceTable } from "../resources/index.js";
import { CachedObject, type Cacher, type ObjectStore } from "../storage/index.js";
import { storedObjects } from "./objects.js";

/** Reads for plugins and authorizers: the cache, and the store itself before saying that something is not there, because another
 *  master may have made it a moment ago. */
export function cachedReader(table: ResourceTable, cacher: Cacher, store: ObjectStore): AdmissionReader {
  const rowOf = (group: string, resource: string) => table.row(group, resource);
  return {
    get: async (group, resource, namespace, name) => {
      const row = rowOf(group, resource);
      if (!row?.stored || name === "" || name.includes("/")) return undefined;
      const key = `${row.stored.prefix}${row.namespaced ? `${namespace}/` : ""}${name}`;
      const found = cacher.get(key) ?? (await store.get(key)).found;
      if (!found) return undefined;
      return (found instanceof CachedObject ? found : new CachedObject(found)).object(storedObjects(row).decode);
    },
    list: async (group, resource, namespace) => {
      const row = rowOf(group, resource);
      if (!row?.stored) return [];
      const prefix = row.namespaced && namespace !== "" ? `${row.stored.prefix}${namespace}/` : row.stored.prefix;
      const objects: KubeObject[] = [];
      for (const item of cacher.below(prefix)) objects.push(item.object(storedObjects(row).decode));
      return objects;
    },
  };
}
