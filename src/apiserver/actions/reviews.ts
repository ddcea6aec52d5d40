import { badRequest, invalidObject, isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { type ApiResponse, type Attributes, type Authorizer, decide, type Rules } from "../chain/index.js";
import type { User } from "../resources/index.js";
import { bodyObject, checkNamespace, type Exchange, objectResponse, outputOf, owners, writeOptions } from "../verbs/index.js";
import { selectorRemarks } from "./review-selectors.js";

/** What a token turned out to be. */
export interface TokenCheck {
  check(
    token: string,
    audiences: readonly string[],
  ): Promise<
    | { readonly kind: "valid"; readonly user: User; readonly audiences: readonly string[] }
    | { readonly kind: "invalid"; readonly why: string }
  >;
}
export interface ReviewParts {
  readonly authorizers: readonly Authorizer[];
  readonly tokens: TokenCheck;
}
type Review = (x: Exchange, object: KubeObject, parts: ReviewParts) => Promise<JsonObject>;

/** Questions that are asked as objects: the answer is in the status, and nothing is stored. */
export function reviewAction(x: Exchange, parts: ReviewParts): Promise<ApiResponse> | undefined {
  const { row } = x.found;
  const review = REVIEWS[`${row.group}/${row.resource}`];
  return review && x.info.verb === "create" ? answer(x, review, parts) : undefined;
}
const REVIEWS: Readonly<Record<string, Review>> = {
  "authentication.k8s.io/selfsubjectreviews": (x) => Promise.resolve({ userInfo: userInfo(x.user) }),
  "authentication.k8s.io/tokenreviews": tokenReview,
  "authorization.k8s.io/localsubjectaccessreviews": accessReview,
  "authorization.k8s.io/subjectaccessreviews": accessReview,
  "authorization.k8s.io/selfsubjectaccessreviews": accessReview,
  "authorization.k8s.io/selfsubjectrulesreviews": rulesReview,
};

async function answer(x: Exchange, review: Review, parts: ReviewParts): Promise<ApiResponse> {
  const output = outputOf(x);
  const options = writeOptions(x.info.query, "CreateOptions");
  const object = await bodyObject(x, x.found.version.schema(), options.fieldValidation);
  checkNamespace(x, object);
  if (!x.found.row.namespaced) delete object.metadata.namespace;
  checkRules(x, owners(x, undefined, object, options));
  const status = await review(x, object, parts);
  const { metadata } = object;
  const shown =
    x.found.row.resource === "selfsubjectreviews"
      ? { creationTimestamp: new Date(x.nowMs).toISOString().replace(/\.\d+Z$/, "Z") }
      : metadata;
  return objectResponse(x, { ...object, metadata: shown, status }, output, 201);
}

function userInfo(user: User): JsonObject {
  const extra = Object.fromEntries([...user.extra].map(([k, v]) => [k, [...v]]));
  return {
    ...(user.name === "" ? {} : { username: user.name }),
    ...(user.uid === "" ? {} : { uid: user.uid }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
    ...(user.extra.size === 0 ? {} : { extra }),
  };
}

const BAD_TOKEN = "invalid bearer token";
/** Two ways of reading it have failed; what both say is said once. */
const tokenError = (why: string): string => (why === BAD_TOKEN ? why : `[${BAD_TOKEN}, ${why.replace(`${BAD_TOKEN}, `, "")}]`);
async function tokenReview(_x: Exchange, object: KubeObject, { tokens }: ReviewParts): Promise<JsonObject> {
  const spec = specOf(object);
  const token = String(spec["token"] ?? "");
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const audiences = Array.isArray(spec["audiences"]) ? (spec["audiences"] as string[]) : [];
  const found = await tokens.check(token, audiences.length > 0 ? audiences : ["https://kubernetes.default.svc.cluster.local"]);
  if (found.kind === "invalid") return { user: {}, error: tokenError(found.why) };
  return { authenticated: true, user: userInfo(found.user), audiences: [...found.audiences] };
}

/** The kind is left out of the refusal, as the original does. */
function checkRules(x: Exchange, object: KubeObject): void {
  const { row } = x.found;
  const errors = row.strategy.validate?.(object) ?? [];
  if (errors.length > 0) throw invalidObject({ group: row.group, kind: "" }, "", errors);
}

async function accessReview(x: Exchange, object: KubeObject, { authorizers }: ReviewParts): Promise<JsonObject> {
  const spec = specOf(object);
  const user = x.found.row.resource === "selfsubjectaccessreviews" ? x.user : userOfSpec(spec);
  const decision = await decide(authorizers, attributes(spec, user));
  const failed = decision.kind === "none" && decision.error !== undefined ? [decision.error] : [];
  const remarks = [...failed, ...selectorRemarks(spec["resourceAttributes"])];
  return {
    allowed: decision.kind === "allow",
    ...(decision.kind === "deny" ? { denied: true } : {}),
    ...(decision.reason === "" ? {} : { reason: decision.reason }),
    ...(remarks.length === 0 ? {} : { evaluationError: remarks.join("; ") }),
  };
}
const specOf = (object: KubeObject): JsonObject => (isObject(object["spec"] as Json) ? (object["spec"] as JsonObject) : {});
function userOfSpec(spec: JsonObject): User {
  const extra = isObject(spec["extra"])
    ? Object.entries(spec["extra"]).map(([k, v]) => [k.toLowerCase(), (v ?? []) as string[]] as const)
    : [];
  return {
    name: String(spec["user"] ?? ""),
    uid: String(spec["uid"] ?? ""),
    groups: (spec["groups"] ?? []) as string[],
    extra: new Map(extra),
  };
}
function attributes(spec: JsonObject, user: User): Attributes {
  const text = (o: JsonObject, field: string): string => String(o[field] ?? "");
  const none = { path: "", group: "", version: "", resource: "", subresource: "", namespace: "", name: "" };
  const path = spec["nonResourceAttributes"];
  if (isObject(path)) return { ...none, user, isResource: false, verb: text(path, "verb"), path: text(path, "path") };
  const r = spec["resourceAttributes"] as JsonObject;
  const fields = ["verb", "group", "version", "resource", "subresource", "namespace", "name"] as const;
  return {
    ...none,
    ...(Object.fromEntries(fields.map((f) => [f, text(r, f)])) as Record<(typeof fields)[number], string>),
    user,
    isResource: true,
  };
}

async function rulesReview(x: Exchange, object: KubeObject, { authorizers }: ReviewParts): Promise<JsonObject> {
  const namespace = String(specOf(object)["namespace"] ?? "");
  if (namespace === "") throw badRequest("no namespace on request");
  const all: Rules[] = [];
  for (const authorizer of authorizers) all.push(await authorizer.rulesFor(x.user, namespace));
  const listed = (fields: readonly (readonly [string, readonly string[]])[]): JsonObject =>
    Object.fromEntries(
      fields.filter(([name, values]) => values.length > 0 || name === "verbs").map(([name, values]) => [name, [...values]]),
    );
  const error = all
    .map((r) => r.evaluationError)
    .filter((e) => e !== "")
    .join("\n");
  return {
    resourceRules: all
      .flatMap((r) => r.resourceRules)
      .map((r) =>
        listed([
          ["verbs", r.verbs],
          ["apiGroups", r.apiGroups],
          ["resources", r.resources],
          ["resourceNames", r.resourceNames],
        ]),
      ),
    nonResourceRules: all
      .flatMap((r) => r.nonResourceRules)
      .map((r) =>
        listed([
          ["verbs", r.verbs],
          ["nonResourceURLs", r.nonResourceURLs],
        ]),
      ),
    incomplete: all.some((r) => r.incomplete),
    ...(error === "" ? {} : { evaluationError: error }),
  };
}
