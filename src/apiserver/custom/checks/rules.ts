import type { FieldError, KubeObject } from "../../../kube/meta/index.js";
import { structuralOf } from "../../../kube/schema/index.js";
import type { DefaultRules } from "./defaults.js";
import { fieldPath } from "./field-path.js";
import type { Props } from "./props.js";
import type { RuleWalk } from "./schema.js";

/** Where the rules of a schema stand, and what all of them cost. */
export interface RuleContext {
  readonly props: Props;
}
export const ruleContext = (props: Props, _about: { readonly old: KubeObject | undefined; readonly version: string }): RuleContext => ({
  props,
});
export const SCHEMA_RULES: RuleWalk<RuleContext> = {
  errors: () => [],
  property: (_c, _name, props) => ({ props }),
  items: (_c, props) => ({ props }),
  additional: (_c, props) => ({ props }),
  pathIsValid: (props, path) => fieldPath(path, structuralOf(props), { brackets: true }).kind === "path",
};
export const totalCostErrors = (_context: RuleContext, _path: string): readonly FieldError[] => [];
export const defaultRules: DefaultRules = () => [];
