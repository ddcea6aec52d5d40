import type { AdmissionRequest } from "../../../src/apiserver/admission/index.js";
import type { Attributes, Authorizer } from "../../../src/apiserver/chain/index.js";
import { type PolicyParts, policyPlugins } from "../../../src/apiserver/policies/index.js";
import { builtinRows, type ObjectReader, ResourceTable } from "../../../src/apiserver/resources/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import { copyJson, type Json, type JsonObject, type KubeObject, StatusError } from "../../../src/kube/meta/index.js";

const GROUP = "admissionregistration.k8s.io";
const V1 = `${GROUP}/v1`;
const EVERYTHING = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"], scope: "*" }];

/** A cluster of plain objects: what a policy may read. */
export class Cluster {
  readonly objects = new Map<string, KubeObject[]>();
  readonly asked: Attributes[] = [];
  /** Verbs that somebody may do. */
  readonly allowed = new Set<string>();
  readonly table = new ResourceTable(builtinRows);
  readonly warnings: string[] = [];
  readonly annotations: Record<string, string> = {};
  constructor() {
    this.put("/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", labels: { team: "a" } } });
  }

  put(resource: string, object: KubeObject): void {
    const others = (this.objects.get(resource) ?? []).filter((o) => o.metadata.name !== object.metadata.name);
    this.objects.set(resource, [...others, object]);
  }
  #policy(kind: string, name: string, spec: JsonObject): void {
    const matchConstraints = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {}, resourceRules: EVERYTHING };
    const { match, binding, ...rest } = spec;
    const constraints = { ...matchConstraints, ...(match as JsonObject) };
    const policy = { apiVersion: V1, kind, metadata: { name }, spec: { failurePolicy: "Fail", matchConstraints: constraints, ...rest } };
    this.put(`${GROUP}/${kind.toLowerCase().replace(/y$/, "ies")}`, policy as unknown as KubeObject);
    const bound = { policyName: name, validationActions: ["Deny"], ...(binding as JsonObject) };
    const made = { apiVersion: V1, kind: `${kind}Binding`, metadata: { name: `${name}-binding` }, spec: bound };
    this.put(`${GROUP}/${kind.toLowerCase()}bindings`, made as unknown as KubeObject);
  }
  /** With a binding that denies; `match` and `binding` add to what is meant and how. */
  validating(name: string, spec: JsonObject): void {
    this.#policy("ValidatingAdmissionPolicy", name, spec);
  }
  mutating(name: string, spec: JsonObject): void {
    this.#policy("MutatingAdmissionPolicy", name, { reinvocationPolicy: "Never", ...spec });
  }

  get parts(): PolicyParts {
    const reader: ObjectReader = {
      get: async (group, resource, namespace, name) =>
        (this.objects.get(`${group}/${resource}`) ?? []).find(
          (o) => o.metadata.name === name && (o.metadata.namespace ?? "") === namespace,
        ),
      list: async (group, resource, namespace) =>
        (this.objects.get(`${group}/${resource}`) ?? []).filter((o) => namespace === "" || o.metadata.namespace === namespace),
    };
    const authorizer: Authorizer = {
      authorize: async (a) => {
        this.asked.push(a);
        return this.allowed.has(a.verb) ? { kind: "allow", reason: "told" } : { kind: "none", reason: "" };
      },
      rulesFor: async () => ({ resourceRules: [], nonResourceRules: [], incomplete: false, evaluationError: "" }),
    };
    return { reader, table: this.table, authorizers: [authorizer], clock: createNodeClock() };
  }

  request(given: Partial<AdmissionRequest> & { readonly resource?: string } = {}): AdmissionRequest {
    const { resource = "/configmaps", ...more } = given;
    const [group = "", plural = ""] = resource.split("/");
    const row = this.table.row(group, plural);
    if (row === undefined) throw new Error(`no ${resource}`);
    const object = more.object ?? configMap("a", {});
    const version = row.versions[0]?.name ?? "v1";
    return {
      operation: "CREATE",
      row,
      subresource: "",
      kind: { group, version, kind: row.kind },
      namespace: row.namespaced ? "default" : "",
      name: object.metadata.name ?? "",
      old: undefined,
      options: undefined,
      version,
      given: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
      dryRun: false,
      user: { name: "ann", uid: "", groups: ["devs"], extra: new Map() },
      nowMs: 0,
      warn: (text) => void this.warnings.push(text),
      annotate: (key, value) => {
        this.annotations[key] = value;
      },
      ...more,
      object: more.operation === "DELETE" ? undefined : (copyJson(object as Json) as KubeObject),
    };
  }
  /** The refusal's message; undefined: it is let through. */
  async validated(given: Parameters<Cluster["request"]>[0] = {}): Promise<string | undefined> {
    return (await this.refusal(given))?.message;
  }
  async refusal(given: Parameters<Cluster["request"]>[0] = {}): Promise<StatusError | undefined> {
    return caught(() => policyPlugins(this.parts).validating.validate?.(this.request(given)));
  }
  /** The object after both rounds, or the refusal. */
  async mutated(given: Parameters<Cluster["request"]>[0] = {}): Promise<KubeObject | StatusError> {
    const plugin = policyPlugins(this.parts).mutating;
    let isWanted = false;
    const rounds = {
      isSecond: false,
      wantSecond: () => {
        isWanted = true;
      },
    };
    const request: AdmissionRequest = { ...this.request(given), rounds };
    const first = await caught(() => plugin.admit?.(request));
    if (first !== undefined) return first;
    rounds.isSecond = true;
    const second = isWanted ? await caught(() => plugin.admit?.(request)) : undefined;
    return second ?? (request.object as KubeObject);
  }
}
async function caught(work: () => void | Promise<void> | undefined): Promise<StatusError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

export const configMap = (name: string, data: Record<string, string>, labels?: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", ...(labels === undefined ? {} : { labels }) },
  data,
});
