import { type FieldError, forbiddenField, invalid, type KubeObject, notSupported } from "../../../kube/meta/index.js";
import { metaUpdateErrors } from "../meta.js";
import { metaOf } from "../shared/meta-of.js";
import { optionalText, optionalWhole, text } from "../shared/read.js";
import { type Errors, NONE, nonNegative, qualified } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const STRATEGIES = ["OldestEmulationVersion"];
/** The original names the field twice. */
const STRATEGY_PATH = "spec.strategy.strategy";

function strategyErrors(strategy: string): Errors {
  if (strategy.includes("/")) return qualified(STRATEGY_PATH, strategy);
  return STRATEGIES.includes(strategy) ? NONE : [notSupported(STRATEGY_PATH, strategy, STRATEGIES)];
}
function leaseErrors(o: KubeObject): Errors {
  const spec = specOf(o);
  const [seconds, strategy] = [optionalWhole(spec, "leaseDurationSeconds"), optionalText(spec, "strategy")];
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds <= 0) errors.push(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"));
  errors.push(...nonNegative("spec.leaseTransitions", optionalWhole(spec, "leaseTransitions")));
  if (strategy !== undefined) errors.push(...strategyErrors(strategy));
  if (text(spec, "preferredHolder") !== "" && !strategy)
    errors.push(forbiddenField("spec.preferredHolder", "may only be specified if `strategy` is defined"));
  return errors;
}
/** Its finalizers need no domain. */
export const LEASE: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o, { standardFinalizers: false }), ...leaseErrors(o)],
  update: (o, old) => [...metaUpdateErrors(o.metadata, old.metadata), ...leaseErrors(o)],
};
