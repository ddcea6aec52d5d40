import {
  BOOL_DECL,
  celTypes,
  compile,
  type DeclType,
  environment,
  field,
  mapDecl,
  objectDecl,
  QUANTITY,
  STRING_DECL,
  scalar,
} from "../cel/index.js";
import { declaredName, type Problem } from "./compile.js";
import { ATTRIBUTE_MAX, ATTRIBUTES_MAX, DOMAIN_MAX, IDENTIFIER_MAX, SELECTOR_COST_MAX } from "./limits.js";

const sized = (type: DeclType, maxElements: number): DeclType => ({ ...type, maxElements });
const domain = sized(STRING_DECL, DOMAIN_MAX);
const identifier = sized(STRING_DECL, IDENTIFIER_MAX);
/** A text, a number, a flag or a version: which is not known before. */
const ATTRIBUTE = scalar(celTypes.ANY, { min: 1, max: ATTRIBUTE_MAX });
const byDomain = (value: DeclType): DeclType => mapDecl(mapDecl(value, ATTRIBUTES_MAX, identifier), ATTRIBUTES_MAX, domain);
/** The variable `device` of selectors. */
const DEVICE: DeclType = objectDecl("kubernetes.DRADevice", [
  field("driver", domain, true),
  field("allowMultipleAllocations", sized(BOOL_DECL, 1), true),
  field("attributes", byDomain(ATTRIBUTE), true),
  field("capacity", byDomain(scalar(QUANTITY, { min: 8 })), true),
]);
const ENVIRONMENT = environment({ variables: { device: DEVICE }, bind: true });

/** The greatest size of what is below `device`. An attribute may be written as a field: all are as large as the largest. */
function sizeOf(path: readonly string[]): number | undefined {
  if (path[0] !== "device") return undefined;
  let at: DeclType | undefined = DEVICE;
  for (const step of path.slice(1)) {
    if (step === "@items" || step === "@values") at = at?.elem;
    else if (step === "@keys") at = at?.key;
    else at = at?.fields?.get(step)?.type ?? (at?.elem === ATTRIBUTE ? ATTRIBUTE : undefined);
    if (at === undefined) return undefined;
  }
  return at.maxElements;
}

/** What is wrong with a device selector; undefined: nothing. */
export function selectorProblem(text: string): Problem | { readonly kind: "too expensive" } | undefined {
  const outcome = compile(text, ENVIRONMENT);
  if (outcome.kind === "errors") {
    return outcome.stage === "program"
      ? { kind: "internal", detail: `program instantiation failed: ${outcome.text}` }
      : { kind: "invalid", detail: `compilation failed: ${outcome.text}` };
  }
  const { outputType } = outcome.program;
  if (outputType.kind !== "bool" && outputType.kind !== "any")
    return { kind: "invalid", detail: `must evaluate to bool or the unknown type, not ${declaredName(outputType)}` };
  return outcome.program.estimate(sizeOf).max > SELECTOR_COST_MAX ? { kind: "too expensive" } : undefined;
}
