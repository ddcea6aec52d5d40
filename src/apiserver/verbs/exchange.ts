import type { Bytes } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import type { KubeObject } from "../../kube/meta/index.js";
import type { AdmissionPlugin } from "../admission/types.js";
import type { ApiRequest, RequestInfo } from "../chain/index.js";
import type { Registry, Target, Writer } from "../registry/index.js";
import type { Found, PartSubresource, ResourceTable, User } from "../resources/index.js";
import type { Cacher } from "../storage/index.js";
import { fenceOf } from "./fence.js";

/** What every verb works with. */
export interface Api {
  readonly table: ResourceTable;
  readonly registry: Registry;
  readonly cacher: Cacher;
  readonly clock: Clock;
  readonly log: Log;
  readonly admission: readonly AdmissionPlugin[];
  /** Fields of an object and who owns them; none until apply is served. */
  readonly ownership: Ownership | undefined;
  /** Throws the refusal, when the user may not do that too: an apply or an update that turns out to create. */
  readonly authorize?: (x: Exchange, verb: string) => Promise<void>;
}
/** The field managers of an object across a write, in the version of the request. */
export interface Ownership {
  updated(args: {
    readonly live: KubeObject | undefined;
    readonly object: KubeObject;
    readonly exchange: Exchange;
    readonly manager: string;
  }): KubeObject;
}

/** One request for a resource, on its way through a verb. */
export interface Exchange {
  readonly api: Api;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly found: Found;
  readonly part: PartSubresource | undefined;
  readonly user: User;
  readonly nowMs: number;
  readonly warnings: Set<string>;
}

export const targetOf = (x: Exchange, name = x.info.name): Target => ({
  row: x.found.row,
  version: x.found.version,
  namespace: x.info.namespace,
  name,
  part: x.part,
});

/** The user agent up to its first slash stands in for a field manager that is not named. */
export function managerOf(x: Exchange, given: string): string {
  if (given !== "") return given;
  const agent = (x.request.header("user-agent") ?? "").split("/")[0] ?? "";
  const printable = [...agent].filter((c) => /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c)).join("");
  return printable === "" ? "unknown" : printable.slice(0, 128);
}
export function writerOf(x: Exchange, options: { readonly fieldManager: string; readonly dryRun: boolean }): Writer {
  const fence = fenceOf(x);
  return {
    user: x.user,
    fieldManager: managerOf(x, options.fieldManager),
    dryRun: options.dryRun,
    nowMs: x.nowMs,
    warn: (text) => x.warnings.add(text),
    ...(fence === undefined ? {} : { fence }),
  };
}

export type BodyBytes = Bytes;
