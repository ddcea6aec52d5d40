import { badRequest, isObject, type Json } from "../../kube/meta/index.js";
import { keyOf, storedObjects } from "../registry/index.js";
import type { ServedVersion } from "../resources/index.js";
import type { WriteFence } from "../storage/index.js";
import type { Exchange } from "./exchange.js";

/** "NAMESPACE/NAME;UID/TRANSITIONS/HOLDER": the Lease and the acquisition under which a loop writes. */
const HEADER = "trimast-fence";
const SHAPE = /^([^/;]+)\/([^/;]+);([^/;]+)\/(\d+)\/(.+)$/;

/** What a write that carries a fence depends on; undefined: it carries none. */
export function fenceOf(x: Exchange): WriteFence | undefined {
  const text = x.request.header(HEADER);
  if (text === undefined) return undefined;
  const [, namespace = "", name = "", uid, transitions, holder] = SHAPE.exec(text) ?? [];
  const row = x.api.table.row("coordination.k8s.io", "leases");
  if (uid === undefined || row === undefined) throw badRequest(`${HEADER}: write NAMESPACE/NAME;UID/TRANSITIONS/HOLDER of a Lease`);
  const target = { row, version: row.versions[0] as ServedVersion, namespace, name, part: undefined };
  return {
    key: keyOf(target),
    lease: `${namespace}/${name}`,
    holds: (stored) => {
      const { metadata, spec } = storedObjects(row).decode(stored.value);
      const held = isObject(spec as Json) ? (spec as { holderIdentity?: string; leaseTransitions?: number }) : {};
      return metadata.uid === uid && (held.leaseTransitions ?? 0) === Number(transitions) && held.holderIdentity === holder;
    },
  };
}
