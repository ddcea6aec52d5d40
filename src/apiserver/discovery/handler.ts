import { createHash } from "node:crypto";
import { utf8 } from "../../base/index.js";
import { failure } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, JSON_TYPE, jsonText, type RequestInfo, wantsPretty } from "../chain/index.js";
import type { ResourceTable } from "../resources/index.js";
import {
  aggregated,
  coreVersions,
  groupDocument,
  groupList,
  groupsOf,
  type RemoteGroup,
  remoteGroupDocument,
  resourceList,
} from "./documents.js";

type Wanted = { readonly as: "aggregated"; readonly version: "v2" | "v2beta1" } | { readonly as: "legacy" };

/** Strictly what the client asked for, in its order: an old one that gets a document it did not name sees no resources. */
function wanted(accept: string | undefined): Wanted {
  for (const clause of (accept ?? "").split(",")) {
    const params = clause.split(";").map((p) => p.trim());
    const has = (text: string): boolean => params.includes(text);
    if (has("as=APIGroupDiscoveryList") && has("g=apidiscovery.k8s.io")) {
      if (has("v=v2")) return { as: "aggregated", version: "v2" };
      if (has("v=v2beta1")) return { as: "aggregated", version: "v2beta1" };
    } else if (params[0] === JSON_TYPE || params[0] === "*/*") return { as: "legacy" };
  }
  return { as: "legacy" };
}

const NOT_ACCEPTABLE =
  "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
/** Documents below the roots have no other form: who accepts only an aggregated one gets none. */
function acceptsPlain(accept: string | undefined): boolean {
  const clauses = (accept ?? "").split(",").filter((clause) => clause.trim() !== "");
  return clauses.length === 0 || clauses.some((clause) => !/;\s*as=/.test(clause));
}

interface Made {
  readonly body: string;
  readonly etag: string;
}

/** Groups that other servers serve; a new generation says that they changed. */
export interface RemoteGroups {
  readonly generation: number;
  groups(): readonly RemoteGroup[];
}

/** /api, /apis and what is below them, made once for each state of the table. */
export class Discovery {
  readonly #table: ResourceTable;
  readonly #made = new Map<string, Made>();
  readonly #remote: RemoteGroups | undefined;
  #generation = "";

  constructor(table: ResourceTable, remote?: RemoteGroups) {
    this.#table = table;
    this.#remote = remote;
  }
  /** Without those that are served here too. */
  #remoteGroups(): readonly RemoteGroup[] {
    const own = groupsOf(this.#table.rows);
    return (this.#remote?.groups() ?? []).filter((g) => !own.has(g.name));
  }

  /** undefined: not a discovery path. */
  answer(request: ApiRequest, info: RequestInfo): ApiResponse | undefined {
    const segments = info.path.split("/").filter((s) => s !== "");
    if ((segments[0] !== "api" && segments[0] !== "apis") || request.method !== "GET" || segments.length > 3) return undefined;
    const which = segments[0];
    const want = segments.length === 1 ? wanted(request.header("accept")) : ({ as: "legacy" } as const);
    if (want.as === "aggregated") {
      const type = `${JSON_TYPE};g=apidiscovery.k8s.io;v=${want.version};as=APIGroupDiscoveryList`;
      return this.#serve(
        request,
        info,
        `${which} ${want.version}`,
        () => aggregated(this.#table.rows, which, want.version, this.#remoteGroups()),
        type,
      );
    }
    const document = this.#legacy(segments, request);
    if (document && !acceptsPlain(request.header("accept"))) throw failure("NotAcceptable", NOT_ACCEPTABLE);
    return document && this.#serve(request, info, info.path, document, JSON_TYPE);
  }

  #legacy(segments: readonly string[], request: ApiRequest): (() => object) | undefined {
    const [which, first, second] = segments;
    const groups = groupsOf(this.#table.rows);
    if (which === "api") {
      if (first === undefined) return () => coreVersions(request.header("host") ?? "");
      return first === "v1" && second === undefined ? () => resourceList("", "v1", groups.get("") ?? []) : undefined;
    }
    if (first === undefined) return () => groupList(this.#table.rows, this.#remoteGroups());
    const rows = groups.get(first);
    if (rows === undefined && second === undefined) {
      const remote = this.#remoteGroups().find((g) => g.name === first);
      return remote && (() => ({ kind: "APIGroup", apiVersion: "v1", ...remoteGroupDocument(remote) }));
    }
    if (!rows || first === "") return undefined;
    if (second === undefined) return () => ({ kind: "APIGroup", apiVersion: "v1", ...groupDocument(first, rows) });
    return rows.some((r) => r.versions.some((v) => v.name === second)) ? () => resourceList(first, second, rows) : undefined;
  }

  #serve(request: ApiRequest, info: RequestInfo, name: string, make: () => object, type: string): ApiResponse {
    const pretty = wantsPretty(request.header("user-agent"), info.query);
    const { body, etag } = this.#document(`${name} ${pretty}`, () => jsonText(make(), pretty));
    const headers = new Map([
      ["content-type", type],
      ["etag", etag],
    ]);
    // Only the two roots have more than one form, and may be kept by those between.
    if (info.path.split("/").filter((s) => s !== "").length === 1) {
      headers.set("vary", "Accept");
      headers.set("cache-control", "public");
    }
    if (request.header("if-none-match") === etag) return { kind: "bytes", code: 304, headers, body: [] };
    return { kind: "bytes", code: 200, headers, body: [utf8(body)] };
  }
  #document(name: string, make: () => string): Made {
    const generation = `${this.#table.generation} ${this.#remote?.generation ?? 0}`;
    if (this.#generation !== generation) {
      this.#made.clear();
      this.#generation = generation;
    }
    const known = this.#made.get(name);
    if (known) return known;
    const body = make();
    const made = { body, etag: `"${createHash("sha256").update(body).digest("hex").toUpperCase()}"` };
    this.#made.set(name, made);
    return made;
  }
}
