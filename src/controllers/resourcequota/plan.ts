import type { ApiObject } from "../../kube/client/index.js";
import { type Amounts, addAmounts, amountsJson, amountsOf, type Json, type KubeObject, ZERO_QUANTITY } from "../../kube/meta/index.js";
import { type Resource, scopesMatch, usageOf } from "../../kube/quota/index.js";
import { isJsonEqual } from "../shared/same.js";

export interface Quota extends ApiObject {
  readonly spec?: { readonly hard?: Readonly<Record<string, string>> };
  readonly status?: { readonly hard?: Readonly<Record<string, string>>; readonly used?: Readonly<Record<string, string>> };
}
/** The objects of one resource in the quota's namespace. */
export interface Counted {
  readonly of: Resource;
  readonly objects: readonly ApiObject[];
}

/** Names that are counted by looking into objects, and of which resource. */
const LOOKED_INTO: readonly { readonly names: RegExp; readonly of: Resource }[] = [
  {
    names: /^(count\/pods|pods|cpu|memory|ephemeral-storage|hugepages-.*|limits\..*|requests\.(?!storage$).*)$/,
    of: { group: "", resource: "pods" },
  },
  { names: /^(count\/services|services|services\..*)$/, of: { group: "", resource: "services" } },
  {
    names: /^(count\/persistentvolumeclaims|persistentvolumeclaims|requests\.storage|.*\.storageclass\.storage\.k8s\.io\/.*)$/,
    of: { group: "", resource: "persistentvolumeclaims" },
  },
];
/** Objects that are counted under their own names besides count/.... */
const PLAIN = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

/** Which resource a name of a quota counts; undefined: none that is known. */
export function resourceOf(name: string): Resource | undefined {
  const looked = LOOKED_INTO.find(({ names }) => names.test(name));
  if (looked) return looked.of;
  if (PLAIN.includes(name)) return { group: "", resource: name };
  const match = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
  return match ? { group: match[2] ?? "", resource: match[1] as string } : undefined;
}

/** The status that a quota should have; undefined: it has it. Names that nobody counts stay as they were charged. */
export function plan(quota: Quota, counted: readonly Counted[]): NonNullable<Quota["status"]> | undefined {
  const hard = quota.spec?.hard ?? {};
  let sum: Amounts = new Map();
  for (const { of, objects } of counted)
    for (const object of objects) {
      const o = object as unknown as KubeObject;
      if (scopesMatch(of, quota as unknown as KubeObject, o)) sum = addAmounts(sum, usageOf(of, o));
    }
  const before = amountsOf(quota.status?.used as Json | undefined);
  const known = new Set(counted.map(({ of }) => `${of.group}/${of.resource}`));
  const used = new Map(
    Object.keys(hard).flatMap((name) => {
      const of = resourceOf(name);
      const isKnown = of !== undefined && known.has(`${of.group}/${of.resource}`);
      const amount = isKnown ? (sum.get(name) ?? ZERO_QUANTITY) : before.get(name);
      return amount === undefined ? [] : [[name, amount] as const];
    }),
  );
  const status = { hard, used: amountsJson(used) as Readonly<Record<string, string>> };
  return isJsonEqual(quota.status, status) ? undefined : status;
}
