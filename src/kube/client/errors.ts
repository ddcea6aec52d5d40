import { type Bytes, utf8Text } from "../../base/index.js";
import { failure, isObject, type Json, STATUS_CODES, type Status, StatusError, type StatusReason } from "../meta/index.js";
import type { TransportResponse } from "./transport.js";

const REASONS: Readonly<Record<number, StatusReason>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The Status that a refusal carries; one made from the code where a proxy answered in its own words. */
export function refusalOf(response: TransportResponse, body: Bytes): StatusError {
  const text = utf8Text(body);
  const status = parsedStatus(text);
  if (status !== undefined) return new StatusError(status);
  const reason = REASONS[response.status] ?? "InternalError";
  return failure(reason, text.trim().slice(0, 2_000) || `the server answered ${response.status}`, { code: response.status });
}
function parsedStatus(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
export const isStatus = (value: unknown): value is Status =>
  isObject(value as Json) && (value as { kind?: unknown }).kind === "Status" && typeof (value as { code?: unknown }).code === "number";

/** The reason of a refusal; undefined for everything else that can be thrown. */
export const reasonOf = (error: unknown): StatusReason | undefined => (error instanceof StatusError ? error.status.reason : undefined);
const has =
  (...reasons: readonly StatusReason[]) =>
  (error: unknown): boolean => {
    const reason = reasonOf(error);
    return reason !== undefined && reasons.includes(reason);
  };
export const isNotFound = has("NotFound");
export const isAlreadyExists = has("AlreadyExists");
export const isConflict = has("Conflict");
export const isForbidden = has("Forbidden");
export const isInvalid = has("Invalid");
export const isTooManyRequests = has("TooManyRequests");
/** The version asked for is gone: list again. */
export const isExpired = (error: unknown): boolean => error instanceof StatusError && error.status.code === STATUS_CODES.Expired;
/** A create refused because its namespace is being deleted: nothing to repeat. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  error.status.reason === "Forbidden" &&
  (error.status.details?.causes ?? []).some((c) => c.reason === "NamespaceTerminating");
