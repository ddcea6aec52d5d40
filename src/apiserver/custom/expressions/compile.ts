import {
  celTypes,
  compile,
  type DeclType,
  declTypeOf,
  type Environment,
  environment,
  maxCardinality,
  type Program,
  type SchemaJson,
  sizesBelow,
  withName,
} from "../../../kube/cel/index.js";
import type { SchemaRule, Structural } from "../../../kube/schema/index.js";
import { fieldPath, stepsText } from "../checks/field-path.js";
import { schemaJson } from "./schema-json.js";

/** One rule, compiled: a program, or the words for why there is none. */
export interface CompiledRule {
  readonly rule: SchemaRule;
  /** undefined: the rule is empty or wrong. */
  readonly program: Program | undefined;
  readonly error: string | undefined;
  readonly usesOldSelf: boolean;
  /** The most that one evaluation can cost. */
  readonly cost: number;
  readonly message: Program | undefined;
  readonly messageError: string | undefined;
  readonly messageCost: number;
  /** Where the error is told, below the node: "spec.size"; "" at the node. */
  readonly at: string;
}
export interface CompiledNode {
  readonly rules: readonly CompiledRule[];
  /** How often such a value can be in one object, at most. */
  readonly maxCardinality: number;
  readonly schema: SchemaJson;
}

const compiled = new WeakMap<Structural, CompiledNode | "no type">();
/** The rules of a node, compiled once as long as its schema lives. "no type": expressions cannot see the node. */
export function compiledNode(node: Structural, isResource: boolean): CompiledNode | "no type" {
  const known = compiled.get(node) ?? compileNode(node, schemaJson(node, isResource), isResource);
  compiled.set(node, known);
  return known;
}

function compileNode(node: Structural, schema: SchemaJson, isResource: boolean): CompiledNode | "no type" {
  const type = declTypeOf(schema, isResource);
  if (type === undefined) return "no type";
  const self = withName(type, "selfType");
  const plain = lazily(() => environment({ variables: { self, oldSelf: self } }));
  const optional = lazily(() => environment({ variables: { self, oldSelf: celTypes.optionalOf(self.type) } }));
  const sizes = sizesBelow(self);
  const rules = node.rules.map((rule) =>
    compileRule(node, rule, { type: self, sizes, scope: rule.optionalOldSelf === true ? optional : plain }),
  );
  return { rules, maxCardinality: maxCardinality(type.minSerializedSize), schema };
}
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

interface RuleScope {
  readonly type: DeclType;
  readonly sizes: (path: readonly string[]) => number | undefined;
  readonly scope: () => Environment;
}
const NOTHING = {
  program: undefined,
  error: undefined,
  usesOldSelf: false,
  cost: 0,
  message: undefined,
  messageError: undefined,
  messageCost: 0,
  at: "",
} as const;

function compileRule(node: Structural, rule: SchemaRule, { scope, sizes }: RuleScope): CompiledRule {
  if (rule.rule.trim() === "") return { rule, ...NOTHING };
  const outcome = compile(rule.rule, scope());
  if (outcome.kind === "errors") return { rule, ...NOTHING, error: `compilation failed: ${outcome.text}` };
  const { program } = outcome;
  if (program.outputType.kind !== "bool") return { rule, ...NOTHING, error: "cel expression must evaluate to a bool" };
  const base = { rule, ...NOTHING, program, usesOldSelf: program.references.has("oldSelf"), cost: program.estimate(sizes).max };
  const message = messageOf(rule, scope, sizes);
  if (message.messageError !== undefined || rule.fieldPath === "") return { ...base, ...message };
  const path = fieldPath(rule.fieldPath, node, { brackets: true });
  return { ...base, ...message, at: path.kind === "path" ? stepsText(path.steps) : "" };
}
function messageOf(
  rule: SchemaRule,
  scope: () => Environment,
  sizes: RuleScope["sizes"],
): Pick<CompiledRule, "message" | "messageError" | "messageCost"> {
  const none = { message: undefined, messageError: undefined, messageCost: 0 };
  if (rule.messageExpression === "") return none;
  const outcome = compile(rule.messageExpression, scope());
  if (outcome.kind === "errors") return { ...none, messageError: `messageExpression compilation failed: ${outcome.text}` };
  const { program } = outcome;
  if (program.outputType.kind !== "string") return { ...none, messageError: "messageExpression must evaluate to a string" };
  return { ...none, message: program, messageCost: program.estimate(sizes).max };
}
