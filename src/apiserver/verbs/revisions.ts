import { failure, StatusError } from "../../kube/meta/index.js";

export function tooLarge(revision: number, current: number): StatusError {
  const why = "Too large resource version";
  return failure("Timeout", `Timeout: ${why}: ${revision}, current: ${current}`, {
    details: { causes: [{ reason: "ResourceVersionTooLarge", message: why }], retryAfterSeconds: 1 },
  });
}

/** What Go says of text that is no unsigned 64-bit number. */
export const numberProblem = (text: string): string => `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
export function badRevision(text: string, code: 400 | 500): Error {
  const message = `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${numberProblem(text)}`;
  if (code === 400) return failure("BadRequest", `invalid resource version: ${message}`);
  return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
}
