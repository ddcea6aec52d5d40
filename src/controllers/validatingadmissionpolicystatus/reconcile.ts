import { RESOURCES, type RestClient } from "../../kube/client/index.js";
import { type CheckedKind, declaredKind, declaredSchema, typeWarnings } from "../../kube/expressions/index.js";
import { type GroupVersionKind, isObject, type Json, type JsonObject, parseApiVersion } from "../../kube/meta/index.js";
import { kindSchema } from "../../kube/schema/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import { discover } from "../shared/discovery.js";
import { CHECKED_KINDS_MAX, type Gvr, isDue, type Policy, resourcesOf } from "./plan.js";

/** Tells authors of policies what their expressions get wrong of the types that they are about. */
export const policyStatusRow: ControllerRow = {
  name: "validatingadmissionpolicy-status",
  account: "validatingadmissionpolicy-status-controller",
  workers: 5,
  reads: [RESOURCES.validatingAdmissionPolicies],
  create,
};

function create({ informers, client }: ControllerContext): RunningController {
  const policies = informers.of<Policy>(RESOURCES.validatingAdmissionPolicies);
  return {
    watches: [watching(policies, (policy, { kind }) => (kind === "delete" ? undefined : [policy.metadata.name]))],
    reconcile: async (name) => {
      const policy = policies.lister.get(name);
      if (policy === undefined || !isDue(policy)) return undefined;
      const warnings = await warningsOf(client, policy);
      const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
      const { apiVersion, kind } = { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" };
      const status = { observedGeneration: policy.metadata.generation, typeChecking };
      const applied = { apiVersion, kind, metadata: { name }, status };
      const options = { subresource: "status", force: true, fieldManager: "validatingadmissionpolicy-status" };
      await client.resource<Policy>(RESOURCES.validatingAdmissionPolicies).patch(name, "apply", applied, options);
      return undefined;
    },
  };
}

async function warningsOf(client: RestClient, policy: Policy) {
  const { variables = [], validations = [], paramKind } = policy.spec ?? {};
  const kinds = await kindsOf(client, resourcesOf(policy));
  const gv = parseApiVersion(paramKind?.apiVersion ?? "");
  const params = gv && paramKind?.kind ? { type: (await checkedKind(client, { ...gv, kind: paramKind.kind }))?.type } : undefined;
  return typeWarnings({ variables, validations, params }, kinds);
}

/** Those that are served, by group, version and kind. */
async function kindsOf(client: RestClient, resources: readonly Gvr[]): Promise<readonly CheckedKind[]> {
  if (resources.length === 0) return [];
  const served = new Map((await discover(client)).resources.map((r) => [`${r.group}/${r.resource}`, r.kind]));
  const found = new Map<string, GroupVersionKind>();
  for (const { group, version, resource } of resources) {
    const kind = served.get(`${group}/${resource}`);
    if (kind !== undefined && found.size < CHECKED_KINDS_MAX) found.set(`${group}/${version}/${kind}`, { group, version, kind });
  }
  const checked = await Promise.all([...found.keys()].sort().map((key) => checkedKind(client, found.get(key) as GroupVersionKind)));
  return checked.filter((kind) => kind !== undefined);
}

/** undefined: nobody knows its type. Custom kinds are known by what the server tells of them. */
async function checkedKind(client: RestClient, gvk: GroupVersionKind): Promise<CheckedKind | undefined> {
  const builtin = kindSchema(gvk);
  const type = builtin === undefined ? await customType(client, gvk) : declaredKind(builtin);
  return type && { gvk, type };
}
async function customType(client: RestClient, { group, version, kind }: GroupVersionKind) {
  const path = `/openapi/v3/apis/${group}/${version}`;
  const document = await client.json<JsonObject>({ method: "GET", path }).catch(() => undefined);
  const components = document?.["components"];
  const schemas = isObject(components) && isObject(components["schemas"]) ? Object.values(components["schemas"]) : [];
  const schema = schemas.find((s) => isObject(s) && isKind(s["x-kubernetes-group-version-kind"], kind));
  return isObject(schema) ? declaredSchema(schema, kind) : undefined;
}
const isKind = (given: Json | undefined, kind: string): boolean =>
  Array.isArray(given) && given.some((g) => isObject(g) && g["kind"] === kind);
