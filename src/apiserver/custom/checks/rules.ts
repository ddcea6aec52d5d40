import { RULE_ESTIMATE_MAX, SCHEMA_ESTIMATE_MAX } from "../../../kube/cel/index.js";
import {
  equalJson,
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalid,
  type Json,
  type KubeObject,
} from "../../../kube/meta/index.js";
import { structuralOf } from "../../../kube/schema/index.js";
import { type CompiledRule, compiledNode } from "../expressions/compile.js";
import { ruleViolations } from "../expressions/evaluate.js";
import { child, objects, specOf, text } from "../read.js";
import type { DefaultRules } from "./defaults.js";
import { fieldPath } from "./field-path.js";
import { type Props, propsIn, shownJson, shownRule } from "./props.js";
import type { RuleWalk, SchemaScope } from "./schema.js";

/** Where the rules of a schema stand, and what all of them may cost. */
export interface RuleContext {
  readonly props: Props;
  readonly isResource: boolean;
  /** How many such values one object can hold; undefined: nothing bounds it. */
  readonly cardinality: number | undefined;
  /** The stored definition had the same rules: what each costs is not held against it. */
  readonly isUnchanged: boolean;
  readonly total: TotalCost;
}
interface TotalCost {
  sum: number;
  /** The most expensive ones. */
  top: { readonly path: string; readonly cost: number }[];
}
/** Costs are unsigned and saturate there. */
const COST_MAX = 2 ** 64;
const times = (cost: number, count: number): number => (cost === 0 ? 0 : Math.min(COST_MAX, cost * count));

export function ruleContext(props: Props, about: { readonly old: KubeObject | undefined; readonly version: string }): RuleContext {
  const before = about.old && objects(specOf(about.old), "versions").find((v) => text(v, "name") === about.version);
  const was = child(child(before, "schema"), "openAPIV3Schema");
  const total: TotalCost = { sum: 0, top: [] };
  return { props, isResource: true, cardinality: 1, isUnchanged: was !== undefined && equalJson(was as Json, props as Json), total };
}
function inner(context: RuleContext, props: Props): RuleContext {
  const max = maxElements(context.props);
  const cardinality = context.cardinality === undefined || max === undefined ? undefined : times(context.cardinality, max);
  return { ...context, props, isResource: props["x-kubernetes-embedded-resource"] === true, cardinality };
}
/** By how much a node multiplies what is inside. */
function maxElements(props: Props): number | undefined {
  const bound = (field: string): number | undefined => (props[field] === undefined ? undefined : Math.max(0, Number(props[field])));
  if (props["type"] === "array") return bound("maxItems");
  return props["type"] === "object" && props["additionalProperties"] !== undefined ? bound("maxProperties") : 1;
}

export const SCHEMA_RULES: RuleWalk<RuleContext> = {
  errors: (props, path, scope, context) => nodeErrors(props, `${path}.x-kubernetes-validations`, scope, context),
  property: (context, _name, props) => inner(context, props),
  items: inner,
  additional: inner,
  pathIsValid: (props, path) => fieldPath(path, structuralOf(props), { brackets: true }).kind === "path",
};

function nodeErrors(props: Props, path: string, scope: SchemaScope, context: RuleContext): readonly FieldError[] {
  const node = compiledNode(structuralOf(props), context.isResource);
  if (node === "no type") {
    const why = "unable to convert structural schema to CEL declarations";
    return [internalFieldError(path, `internal error: failed to construct type information for x-kubernetes-validations rules: ${why}`)];
  }
  const rules = propsIn(props["x-kubernetes-validations"]);
  const count = context.cardinality ?? node.maxCardinality;
  return node.rules.flatMap((compiled, i) => {
    const shown = shownJson(shownRule(rules[i] ?? {}));
    return oneErrors(compiled, `${path}[${i}]`, { scope, context, shown, cost: times(compiled.cost, count) });
  });
}
function oneErrors(
  compiled: CompiledRule,
  path: string,
  how: { readonly scope: SchemaScope; readonly context: RuleContext; readonly shown: string; readonly cost: number },
): readonly FieldError[] {
  const { scope, context, shown, cost } = how;
  const { rule } = compiled;
  const errors: FieldError[] = [];
  const spend = (field: string, what: string, spent: number): void => {
    if (!context.isUnchanged && spent > RULE_ESTIMATE_MAX)
      errors.push(forbiddenField(`${path}.${field}`, costText(what, spent, RULE_ESTIMATE_MAX)));
    observe(context.total, `${path}.${field}`, spent);
  };
  spend("rule", "estimated rule cost", cost);
  if (compiled.error !== undefined) errors.push({ ...invalid(`${path}.rule`, null, compiled.error), value: shown });
  if (compiled.messageError !== undefined)
    errors.push({ ...invalid(`${path}.messageExpression`, null, compiled.messageError), value: shown });
  else if (compiled.message !== undefined) spend("messageExpression", "estimated messageExpression cost", compiled.messageCost);
  if (compiled.usesOldSelf && scope.uncorrelated !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${scope.uncorrelated}`;
    errors.push(invalid(`${path}.rule`, rule.rule, why));
  } else if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined)
    errors.push(invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, "may not be set if oldSelf is not used in rule"));
  return errors;
}

const TOP_RULES_MAX = 4;
function observe(total: TotalCost, path: string, cost: number): void {
  total.sum = Math.min(COST_MAX, total.sum + cost);
  if (cost < SCHEMA_ESTIMATE_MAX / 100) return;
  total.top = [...total.top, { path, cost }].sort((a, b) => b.cost - a.cost).slice(0, TOP_RULES_MAX);
}
/** All rules of a schema together. */
export function totalCostErrors({ total }: RuleContext, path: string): readonly FieldError[] {
  if (total.sum <= SCHEMA_ESTIMATE_MAX) return [];
  const why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
  const sum = costText("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", total.sum, SCHEMA_ESTIMATE_MAX);
  return [...total.top.map((rule) => forbiddenField(rule.path, why)), forbiddenField(path, sum)];
}
function costText(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

/** A default comes with new objects and with old ones. */
export const defaultRules: DefaultRules = (schema, path, value, isResource) => {
  const run = (old: Json | undefined): readonly FieldError[] =>
    ruleViolations({ schema, value, old, path, isResource, correlated: undefined, warn: () => {} });
  const changed = run(value);
  return changed.length > 0 ? changed : run(undefined);
};
