import { objectType } from "../celtypes.js";
import type { Authorize } from "../types.js";
import { type CelValue, Opaque } from "../values.js";

export const AUTHORIZER = objectType("kubernetes.authorization.Authorizer");

/** The variable `authorizer` (and, bound to a resource, `authorizer.requestResource`). */
class Authorizer extends Opaque {
  readonly type = AUTHORIZER;
  readonly authorize: Authorize;
  constructor(authorize: Authorize) {
    super();
    this.authorize = authorize;
  }
  override equals(other: CelValue): boolean {
    return other === this;
  }
}
export const authorizerValue = (authorize: Authorize): CelValue => new Authorizer(authorize);
