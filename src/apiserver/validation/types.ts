import type { FieldError, KubeObject } from "../../kube/meta/index.js";

/**
 * The rules of one kind beyond its metadata, which the registry checks first for all kinds alike (`meta.ts`). Objects are in the
 * storage version's normal form with defaults; errors come in Kubernetes' order.
 */
export interface KindRules {
  /** Texts of what is wrong with a name; `prefix`: it is a generateName. Default: DNS subdomain. */
  readonly name?: (name: string, prefix: boolean) => readonly string[];
  /**
   * The kind's own rules check metadata themselves, at the place where Kubernetes does for this kind, or not at all: the registry adds
   * only what it checks of every object. "parts": only in the rules of `parts`; "all": everywhere.
   */
  readonly ownMetadata?: "parts" | "all";
  create(object: KubeObject): readonly FieldError[];
  /** Everything that an update must satisfy, `create`'s rules included where Kubernetes checks them again. */
  update(object: KubeObject, old: KubeObject): readonly FieldError[];
  /** Rules of a write to a subresource: status, approval, resize, ephemeralcontainers, finalize. */
  readonly parts?: Readonly<Record<string, (object: KubeObject, old: KubeObject) => readonly FieldError[]>>;
  /** Texts for `Warning:` headers. */
  warnings?(object: KubeObject, old: KubeObject | undefined): readonly string[];
  readonly partWarnings?: Readonly<Record<string, (object: KubeObject, old: KubeObject) => readonly string[]>>;
}
/** By "group/Kind" ("/Pod", "apps/Deployment"). A kind that is not here has no rules of its own. */
export type RulesTable = Readonly<Record<string, KindRules>>;
