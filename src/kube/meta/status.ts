import type { GroupResource } from "./object.js";

/** Reasons of a Status, with the HTTP code of each. */
export const STATUS_CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  StorageReadError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const satisfies Record<string, number>;
export type StatusReason = keyof typeof STATUS_CODES;

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}
/** metav1.Status. `reason` is absent where Kubernetes has none (Unknown). */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: { readonly continue?: string; readonly resourceVersion?: string };
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** An operating error with the exact body that a client gets. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: Status;
  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? "", options);
    this.status = status;
  }
}

interface More {
  readonly details?: StatusDetails;
  readonly code?: number;
  readonly continue?: string;
  readonly cause?: unknown;
}
export function failure(reason: StatusReason, message: string, more: More = {}): StatusError {
  return new StatusError(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: more.continue === undefined ? {} : { continue: more.continue },
      status: "Failure",
      message,
      reason,
      ...(more.details === undefined ? {} : { details: more.details }),
      code: more.code ?? STATUS_CODES[reason],
    },
    more.cause === undefined ? undefined : { cause: more.cause },
  );
}

const about = (r: GroupResource, name?: string): StatusDetails => ({
  ...(name === undefined || name === "" ? {} : { name }),
  ...(r.group === "" ? {} : { group: r.group }),
  kind: r.resource,
});
const text = (r: GroupResource): string => (r.group === "" ? r.resource : `${r.resource}.${r.group}`);

/** The texts are Kubernetes' own (apimachinery api/errors): clients match them. */
export const badRequest = (message: string): StatusError => failure("BadRequest", message);
export const notFound = (r: GroupResource, name: string): StatusError =>
  failure("NotFound", `${text(r)} "${name}" not found`, { details: about(r, name) });
export const alreadyExists = (r: GroupResource, name: string): StatusError =>
  failure("AlreadyExists", `${text(r)} "${name}" already exists`, { details: about(r, name) });
export const forbidden = (r: GroupResource, name: string, why: string, causes?: readonly StatusCause[]): StatusError =>
  failure(
    "Forbidden",
    r.resource === "" ? `forbidden: ${why}` : name === "" ? `${text(r)} is forbidden: ${why}` : `${text(r)} "${name}" is forbidden: ${why}`,
    {
      details: { ...(r.resource === "" ? {} : about(r, name)), ...(causes === undefined ? {} : { causes }) },
    },
  );
export const conflict = (r: GroupResource, name: string, why: string): StatusError =>
  failure("Conflict", `Operation cannot be fulfilled on ${text(r)} "${name}": ${why}`, { details: about(r, name) });
export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";
export const methodNotSupported = (r: GroupResource, verb: string): StatusError =>
  failure("MethodNotAllowed", `${verb} is not supported on resources of kind "${text(r)}"`, { details: about(r) });
export const internalError = (why: string, cause?: unknown): StatusError =>
  failure("InternalError", `Internal error occurred: ${why}`, { details: { causes: [{ message: why }] }, cause });
export const expired = (message: string, more: { readonly continue?: string } = {}): StatusError => failure("Expired", message, more);
export const timeout = (message: string, retryAfterSeconds = 0): StatusError =>
  failure("Timeout", `Timeout: ${message}`, { details: retryAfterSeconds === 0 ? {} : { retryAfterSeconds } });
export const tooManyRequests = (message: string, retryAfterSeconds: number): StatusError =>
  failure("TooManyRequests", message, { details: { retryAfterSeconds } });
export const unauthorized = (): StatusError => failure("Unauthorized", "Unauthorized");
/** What the mux answers where nothing is served. */
export const serverNotFound = (): StatusError => failure("NotFound", "the server could not find the requested resource", { details: {} });
