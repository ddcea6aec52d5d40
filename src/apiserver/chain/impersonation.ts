import { badRequest } from "../../kube/meta/index.js";
import type { User } from "../resources/index.js";
import { attributesOf, decide, refusal } from "./authorize.js";
import type { ApiRequest, Attributes, Authorizer, RequestInfo } from "./types.js";
import { ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED } from "./users.js";

const USER = "impersonate-user";
const GROUP = "impersonate-group";
const UID = "impersonate-uid";
const EXTRA = "impersonate-extra-";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

interface Wanted {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

function wantedOf(request: ApiRequest): Wanted | undefined {
  const list = (name: string): readonly string[] => (request.header(name) ?? "").split(", ").filter((v) => v !== "");
  const name = request.header(USER) ?? "";
  const extra = new Map(
    request
      .headerNames()
      .filter((h) => h.startsWith(EXTRA))
      .map((h) => [decodeURIComponent(h.slice(EXTRA.length)), list(h)] as const),
  );
  const wanted = { name, groups: list(GROUP), uid: request.header(UID) ?? "", extra };
  if (name !== "") return wanted;
  if (wanted.groups.length > 0 || wanted.uid !== "" || extra.size > 0) {
    throw badRequest(`requested ${printed(wanted)} without impersonating a user name`);
  }
  return undefined;
}

/** As the original's language prints the structure. */
function printed({ uid, groups, extra }: Wanted): string {
  const list = (values: readonly string[]): string => `[]string{${values.map((v) => JSON.stringify(v)).join(", ")}}`;
  const named = [...extra].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const extras = extra.size === 0 ? "(nil)" : `{${named.join(", ")}}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groups.length === 0 ? "[]string(nil)" : list(groups)}, Extra:map[string][]string${extras}}`;
}

/** The user that the request speaks for: its own, or the one that it asks to be and may be. */
export async function impersonate(request: ApiRequest, info: RequestInfo, user: User, authorizers: readonly Authorizer[]): Promise<User> {
  const wanted = wantedOf(request);
  if (!wanted) return user;
  for (const question of questions(wanted, user)) {
    const decision = await decide(authorizers, question);
    if (decision.kind === "allow") continue;
    const asked = attributesOf(info, user);
    throw refusal({ ...asked, verb: `impersonate-on:${modeOf(wanted)}:${info.verb}` }, decision.reason);
  }
  return { name: wanted.name, uid: wanted.uid, groups: groupsOf(wanted), extra: wanted.extra };
}
const modeOf = ({ name }: Wanted): string =>
  SERVICE_ACCOUNT.test(name) ? "serviceaccount" : name.startsWith("system:node:") ? "arbitrary-node" : "user-info";

/** One question for each thing that is asked for. */
function* questions(wanted: Wanted, user: User): Generator<Attributes> {
  const base = { user, verb: "impersonate", isResource: true, path: "", group: "", version: "v1", subresource: "", namespace: "" };
  const account = SERVICE_ACCOUNT.exec(wanted.name);
  if (account) yield { ...base, resource: "serviceaccounts", namespace: account[1] as string, name: account[2] as string };
  else yield { ...base, resource: "users", name: wanted.name };
  for (const name of wanted.groups) yield { ...base, resource: "groups", name };
  const authentication = { ...base, group: "authentication.k8s.io" };
  for (const [key, values] of wanted.extra)
    for (const name of values) yield { ...authentication, resource: "userextras", subresource: key, name };
  if (wanted.uid !== "") yield { ...authentication, resource: "uids", name: wanted.uid };
}

function groupsOf({ name, groups }: Wanted): readonly string[] {
  const account = SERVICE_ACCOUNT.exec(name);
  const given = groups.length > 0 || !account ? groups : ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`];
  if (name === ANONYMOUS.name) return given.includes(UNAUTHENTICATED) ? given : [...given, UNAUTHENTICATED];
  return given.includes(AUTHENTICATED) || given.includes(UNAUTHENTICATED) ? given : [...given, AUTHENTICATED];
}
