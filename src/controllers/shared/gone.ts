import { isNotFound } from "../../kube/client/index.js";

/** For `catch`: what is gone needs no more work; every other failure stays one. */
export function ifGone(error: unknown): undefined {
  if (isNotFound(error)) return undefined;
  throw error;
}
