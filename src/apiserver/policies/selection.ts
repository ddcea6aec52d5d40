import type { KubeObject } from "../../kube/meta/index.js";
import type { AdmissionRequest } from "../admission/index.js";
import type { Hook, PolicyParts } from "./hooks.js";
import { type MatchParts, matches, type Seen } from "./matching.js";
import { type ParamSource, paramSource, paramsOf } from "./params.js";
import { objectAt, specOf } from "./read.js";
import { matchParts } from "./subject.js";

/** A binding that means the request, with the parameters that it names. */
export interface Bound {
  readonly kind: "bound";
  readonly policy: KubeObject;
  readonly binding: KubeObject;
  readonly seen: Seen;
  readonly params: readonly (KubeObject | undefined)[];
}
/** A policy, or one binding of it, that cannot be used for the request. */
export interface Misconfigured {
  readonly kind: "misconfigured";
  readonly policy: KubeObject;
  readonly binding: KubeObject | undefined;
  readonly why: string;
}
export type Selected = Bound | Misconfigured;

/** Which policies, bindings and parameters are meant by a request. */
export class Selection {
  readonly match: MatchParts;
  readonly #request: AdmissionRequest;
  readonly #parts: PolicyParts;
  constructor(request: AdmissionRequest, parts: PolicyParts) {
    this.match = matchParts(parts.table, parts.reader);
    this.#request = request;
    this.#parts = parts;
  }

  /** Binding by binding, as they are asked for: what is said of one comes before the next is looked at. */
  async *of({ policy, bindings }: Hook): AsyncGenerator<Selected> {
    const spec = specOf(policy);
    const match = await matches(this.#request, objectAt(spec, "matchConstraints") ?? {}, this.match);
    if (match.kind === "no") return;
    if (match.kind === "error") return yield misconfigured(policy, undefined, match.why);
    const source = paramSource(spec, this.#parts.table);
    if (source.kind === "unknown") return yield misconfigured(policy, undefined, source.why);
    for (const binding of bindings) {
      const selected = await this.#binding(policy, binding, match.seen, source);
      if (selected !== undefined) yield selected;
    }
  }
  /** undefined: the binding does not mean the request. */
  async #binding(
    policy: KubeObject,
    binding: KubeObject,
    seen: Seen,
    source: Exclude<ParamSource, { kind: "unknown" }>,
  ): Promise<Selected | undefined> {
    const spec = specOf(binding);
    const resources = objectAt(spec, "matchResources");
    if (resources !== undefined) {
      const match = await matches(this.#request, resources, this.match);
      if (match.kind === "no") return undefined;
      if (match.kind === "error") return misconfigured(policy, binding, match.why);
    }
    const params = await paramsOf(source, objectAt(spec, "paramRef"), this.#request.namespace, this.#parts.reader);
    if (params.kind === "error") return misconfigured(policy, binding, params.why);
    return { kind: "bound", policy, binding, seen, params: params.params };
  }
}

function misconfigured(policy: KubeObject, binding: KubeObject | undefined, why: string): Misconfigured {
  const what = binding === undefined ? "policy" : "binding";
  return { kind: "misconfigured", policy, binding, why: `failed to configure ${what}: ${why}` };
}
