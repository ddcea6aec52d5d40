import { describe, expect, test } from "vitest";
import { type Authorizer, impersonate } from "../../../src/apiserver/chain/index.js";
import type { User } from "../../../src/apiserver/resources/index.js";
import type { StatusError } from "../../../src/kube/meta/index.js";
import { asked } from "../asked.js";
import { user } from "../reader.js";

const ROOT = user("root", "ops");
type Headers = Readonly<Record<string, string>>;
interface Outcome {
  readonly as: User | undefined;
  readonly code: number;
  readonly message: string;
  readonly questions: readonly string[];
}
/** Allows all but the resource that is named. */
async function outcome(headers: Headers, refuse = "", url = "/api/v1/namespaces/shop/pods"): Promise<Outcome> {
  const questions: string[] = [];
  const authorizer: Authorizer = {
    authorize: (a) => {
      const what = a.subresource === "" ? a.resource : `${a.resource}/${a.subresource}`;
      questions.push(`${a.user.name} ${a.verb} ${a.group}:${what} ${a.namespace}:${a.name}`);
      return a.resource === refuse ? { kind: "none", reason: "because" } : { kind: "allow", reason: "" };
    },
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false, evaluationError: "" }),
  };
  const { request, info } = asked(url, headers);
  try {
    return { as: await impersonate(request, info, ROOT, [authorizer]), code: 200, message: "", questions };
  } catch (error) {
    const { code, message = "" } = (error as StatusError).status;
    return { as: undefined, code, message, questions };
  }
}

test("without its headers the user stays, and nobody is asked", async () => {
  expect(await outcome({})).toEqual({ as: ROOT, code: 200, message: "", questions: [] });
});

test("each thing that is asked for is a question of its own, of the one who asks", async () => {
  const { as, questions } = await outcome({
    "impersonate-user": "ann",
    "impersonate-group": "devs, ops",
    "impersonate-uid": "u-1",
    "impersonate-extra-acme.com%2fscope": "a, b",
  });
  expect(questions).toEqual([
    "root impersonate :users :ann",
    "root impersonate :groups :devs",
    "root impersonate :groups :ops",
    "root impersonate authentication.k8s.io:userextras/acme.com/scope :a",
    "root impersonate authentication.k8s.io:userextras/acme.com/scope :b",
    "root impersonate authentication.k8s.io:uids :u-1",
  ]);
  const extra = new Map([["acme.com/scope", ["a", "b"]]]);
  expect(as).toEqual({ name: "ann", uid: "u-1", groups: ["devs", "ops", "system:authenticated"], extra });
});

test("a service account is asked for as one, and is in its groups unless others are named", async () => {
  const name = "system:serviceaccount:shop:till";
  const plain = await outcome({ "impersonate-user": name });
  expect(plain.questions).toEqual(["root impersonate :serviceaccounts shop:till"]);
  expect(plain.as?.groups).toEqual(["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]);
  expect((await outcome({ "impersonate-user": name, "impersonate-group": "g" })).as?.groups).toEqual(["g", "system:authenticated"]);
});

test("the anonymous user is not authenticated", async () => {
  expect((await outcome({ "impersonate-user": "system:anonymous" })).as?.groups).toEqual(["system:unauthenticated"]);
});

describe("a refusal", () => {
  test.each(["users", "groups", "uids", "userextras"])("of %s alone refuses the request", async (resource) => {
    const headers = { "impersonate-user": "ann", "impersonate-group": "g", "impersonate-uid": "u", "impersonate-extra-k": "v" };
    const { as, code } = await outcome(headers, resource);
    expect([as, code]).toEqual([undefined, 403]);
  });

  test.each([
    ["ann", "users", "user-info"],
    ["system:serviceaccount:shop:till", "serviceaccounts", "serviceaccount"],
    ["system:node:n", "users", "arbitrary-node"],
  ])("of %s tells what was asked, in which way, and why not", async (name, resource, mode) => {
    expect((await outcome({ "impersonate-user": name }, resource)).message).toBe(
      `pods is forbidden: User "root" cannot impersonate-on:${mode}:list resource "pods" in API group "" in the namespace "shop": because`,
    );
  });
});

test.each([
  [{ "impersonate-group": "a, b" }, 'UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string(nil)'],
  [{ "impersonate-uid": "u" }, 'UID:"u", Groups:[]string(nil), Extra:map[string][]string(nil)'],
  [{ "impersonate-extra-k": "v" }, 'UID:"", Groups:[]string(nil), Extra:map[string][]string{"k":[]string{"v"}}'],
] as readonly (readonly [Headers, string])[])("%o without a user name is a bad request", async (headers, text) => {
  const { code, message, questions } = await outcome(headers);
  expect({ code, message }).toEqual({
    code: 400,
    message: `requested &user.DefaultInfo{Name:"", ${text}} without impersonating a user name`,
  });
  expect(questions).toEqual([]);
});
