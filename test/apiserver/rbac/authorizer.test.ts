import { beforeEach, describe, expect, test } from "vitest";
import type { Attributes } from "../../../src/apiserver/chain/index.js";
import { RbacAuthorizer } from "../../../src/apiserver/rbac/index.js";
import type { User } from "../../../src/apiserver/resources/index.js";
import { TestReader, user } from "../reader.js";
import { binding, clusterBinding, clusterRole, group, named, role, rule, serviceAccount } from "./kit.js";

let reader: TestReader;
let rbac: RbacAuthorizer;
beforeEach(() => {
  reader = new TestReader();
  rbac = new RbacAuthorizer(reader);
});
const ANN = user("ann", "devs");
const ask = (verb: string, resource: string, more: Partial<Attributes> = {}): Attributes => {
  const [name = "", subresource = ""] = resource.split("/");
  const none = { user: ANN, path: "", group: "", version: "v1", namespace: "shop", name: "" };
  return { ...none, isResource: true, verb, resource: name, subresource, ...more };
};
const may = async (a: Attributes): Promise<boolean> => (await rbac.authorize(a)).kind === "allow";
const mayVisit = (verb: string, path: string): Promise<boolean> => may(ask(verb, "", { isResource: false, path, namespace: "" }));

describe("whom a binding is for", () => {
  beforeEach(() => void reader.put("clusterroles", clusterRole("view", [rule(["get"], ["pods"])])));

  test("a cluster binding holds in every namespace and at the cluster scope", async () => {
    reader.put("clusterrolebindings", clusterBinding("b", "view", named("ann")));
    expect(await may(ask("get", "pods"))).toBe(true);
    expect(await may(ask("get", "pods", { namespace: "" }))).toBe(true);
    expect(await may(ask("delete", "pods"))).toBe(false);
  });

  test("a namespace's binding holds in it alone", async () => {
    reader.put("rolebindings", binding("b", "shop", "ClusterRole", "view", named("ann")));
    expect(await may(ask("get", "pods"))).toBe(true);
    expect(await may(ask("get", "pods", { namespace: "bank" }))).toBe(false);
    expect(await may(ask("get", "pods", { namespace: "" }))).toBe(false);
  });

  test("a binding of a role takes the role of its own namespace", async () => {
    reader.put("roles", role("r", "bank", [rule(["get"], ["secrets"])]), role("r", "shop", [rule(["get"], ["services"])]));
    reader.put("rolebindings", binding("b", "shop", "Role", "r", named("ann")));
    expect(await may(ask("get", "services"))).toBe(true);
    expect(await may(ask("get", "secrets"))).toBe(false);
  });

  const account = (name: string): User => user(`system:serviceaccount:shop:${name}`);
  test.each([
    ["a user by its name", named("ann"), ANN, true],
    ["another user", named("bob"), ANN, false],
    ["a group that the user is in", group("devs"), ANN, true],
    ["a group that has the user's name", group("ann"), ANN, false],
    ["a user that has the group's name", named("devs"), ANN, false],
    ["a service account", serviceAccount("till", "shop"), account("till"), true],
    ["a service account of another namespace", serviceAccount("till", "bank"), account("till"), false],
    ["a service account without a namespace: the binding's", serviceAccount("till"), account("till"), true],
    ["a service account by its user name", named("system:serviceaccount:shop:till"), account("till"), true],
    ["a user that is called like a service account", serviceAccount("till", "shop"), user("till"), false],
  ])("%s", async (_, subject, who, expected) => {
    reader.put("rolebindings", binding("b", "shop", "ClusterRole", "view", subject));
    expect(await may(ask("get", "pods", { user: who }))).toBe(expected);
  });

  test("a binding without subjects is nobody's", async () => {
    reader.put("clusterrolebindings", clusterBinding("b", "view"));
    expect(await rbac.authorize(ask("get", "pods"))).toEqual({ kind: "none", reason: "" });
  });
});

describe("what a rule allows", () => {
  const cases: readonly (readonly [string, ReturnType<typeof rule>, Attributes, boolean])[] = [
    ["any verb by *", rule(["*"], ["pods"]), ask("evict", "pods"), true],
    ["any resource by *", rule(["get"], ["*"]), ask("get", "pods/log"), true],
    ["any group by *", rule(["get"], ["deployments"], ["*"]), ask("get", "deployments", { group: "apps" }), true],
    ["no other group", rule(["get"], ["deployments"], [""]), ask("get", "deployments", { group: "apps" }), false],
    ["a resource, but not its subresource", rule(["get"], ["pods"]), ask("get", "pods/log"), false],
    ["a subresource, but not its resource", rule(["get"], ["pods/log"]), ask("get", "pods"), false],
    ["a subresource by its name", rule(["get"], ["pods/log"]), ask("get", "pods/log"), true],
    ["a subresource of any resource", rule(["get"], ["*/scale"]), ask("get", "deployments/scale"), true],
    ["of those no other", rule(["get"], ["*/scale"]), ask("get", "deployments/status"), false],
    ["not every subresource of one resource by *", rule(["get"], ["pods/*"]), ask("get", "pods/log"), false],
    ["an object by its name", rule(["get"], ["pods"], [""], ["a", "b"]), ask("get", "pods", { name: "b" }), true],
    ["no object of another name", rule(["get"], ["pods"], [""], ["a"]), ask("get", "pods", { name: "b" }), false],
    ["no list where names are given", rule(["list"], ["pods"], [""], ["a"]), ask("list", "pods"), false],
    ["no object of the name *", rule(["get"], ["pods"], [""], ["*"]), ask("get", "pods", { name: "b" }), false],
    ["nothing by an empty rule", rule([], []), ask("get", "pods"), false],
  ];
  test.each(cases)("%s", async (_, one, question, expected) => {
    reader.put("clusterroles", clusterRole("r", [one])).put("clusterrolebindings", clusterBinding("b", "r", named("ann")));
    expect(await may(question)).toBe(expected);
  });

  test.each([
    ["/metrics", "get", "/metrics", true],
    ["/metrics", "get", "/metrics/slis", false],
    ["/metrics", "post", "/metrics", false],
    ["/debug/*", "get", "/debug/pprof/heap", true],
    ["/debug/*", "get", "/debug", false],
    ["/api*", "get", "/apis/apps", true],
    ["*", "get", "/anything", true],
    ["/a*b", "get", "/aXb", false],
  ])("the path %s asked to %s %s: %s to %s", async (url, verb, path, expected) => {
    reader.put("clusterroles", clusterRole("r", [{ verbs: ["get"], nonResourceURLs: [url] }]));
    reader.put("clusterrolebindings", clusterBinding("b", "r", named("ann")));
    expect(await mayVisit(verb, path)).toBe(expected);
  });

  test("all resources are no path, and all paths no resource", async () => {
    reader.put(
      "clusterroles",
      clusterRole("res", [rule(["*"], ["*"], ["*"])]),
      clusterRole("url", [{ verbs: ["*"], nonResourceURLs: ["*"] }]),
    );
    reader.put("clusterrolebindings", clusterBinding("b", "res", named("ann")));
    expect(await mayVisit("get", "/metrics")).toBe(false);
    reader.clear("clusterrolebindings").put("clusterrolebindings", clusterBinding("b", "url", named("ann")));
    expect(await may(ask("get", "pods"))).toBe(false);
  });
});

describe("aggregated roles", () => {
  const label = (to: string): Readonly<Record<string, string>> => ({ [`to-${to}`]: "true" });
  const selecting = (to: string) => ({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: label(to) }] } });
  beforeEach(() => void reader.put("clusterrolebindings", clusterBinding("b", "admin", named("ann"))));

  test("hold the rules of those that their selectors choose, and of no others", async () => {
    reader.put("clusterroles", clusterRole("admin", [], selecting("admin")));
    reader.put(
      "clusterroles",
      clusterRole("x", [rule(["get"], ["pods"])], {}, label("admin")),
      clusterRole("y", [rule(["get"], ["nodes"])]),
    );
    expect(await may(ask("get", "pods"))).toBe(true);
    expect(await may(ask("get", "nodes"))).toBe(false);
  });

  test("hold what a chosen aggregated role has by its own selectors", async () => {
    reader.put("clusterroles", clusterRole("admin", [], selecting("admin")), clusterRole("edit", [], selecting("edit"), label("admin")));
    reader.put("clusterroles", clusterRole("x", [rule(["get"], ["pods"])], {}, label("edit")));
    expect(await may(ask("get", "pods"))).toBe(true);
  });

  test("that choose each other come to an end", async () => {
    reader.put("clusterroles", clusterRole("admin", [], selecting("a"), label("b")));
    reader.put("clusterroles", clusterRole("other", [rule(["get"], ["pods"])], selecting("b"), label("a")));
    expect(await may(ask("get", "pods"))).toBe(true);
    expect(await may(ask("get", "nodes"))).toBe(false);
  });
});

describe("the reason", () => {
  test("names binding, role and subject", async () => {
    reader.put("clusterroles", clusterRole("view", [rule(["get"], ["pods"])]));
    reader.put("clusterrolebindings", clusterBinding("all", "view", group("devs")));
    const allowed = 'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "view" to Group "devs"';
    expect(await rbac.authorize(ask("get", "pods"))).toEqual({ kind: "allow", reason: allowed });
  });

  test("names a namespace's binding with it, and a service account too", async () => {
    reader.put("roles", role("r", "shop", [rule(["get"], ["pods"])]));
    reader.put("rolebindings", binding("b", "shop", "Role", "r", serviceAccount("till")));
    const reason = 'RBAC: allowed by RoleBinding "b/shop" of Role "r" to ServiceAccount "till/shop"';
    expect(await rbac.authorize(ask("get", "pods", { user: user("system:serviceaccount:shop:till") }))).toEqual({ kind: "allow", reason });
  });

  test("of a missing role is told, of several in brackets, and the rest still counts", async () => {
    reader.put("clusterrolebindings", clusterBinding("b", "gone", named("ann")));
    const one = 'clusterrole.rbac.authorization.k8s.io "gone" not found';
    expect(await rbac.authorize(ask("get", "pods"))).toEqual({ kind: "none", reason: `RBAC: ${one}` });
    reader.put("rolebindings", binding("b", "shop", "Role", "lost", named("ann")));
    const two = 'role.rbac.authorization.k8s.io "lost" not found';
    expect(await rbac.authorize(ask("get", "pods"))).toEqual({ kind: "none", reason: `RBAC: [${one}, ${two}]` });
    reader
      .put("clusterroles", clusterRole("ok", [rule(["get"], ["pods"])]))
      .put("clusterrolebindings", clusterBinding("c", "ok", named("ann")));
    expect(await may(ask("get", "pods"))).toBe(true);
  });

  test("a missing role of somebody else's binding is not told", async () => {
    reader.put("clusterrolebindings", clusterBinding("b", "gone", named("bob")));
    expect(await rbac.authorize(ask("get", "pods"))).toEqual({ kind: "none", reason: "" });
  });
});

test("what a user holds is worked out once, until a role or binding changes; others' roles are never read", async () => {
  let version = 0;
  const keeping = new RbacAuthorizer(reader, () => version);
  reader.put("clusterroles", clusterRole("no", []), clusterRole("yes", [rule(["get"], ["pods"])]));
  reader.put("clusterrolebindings", clusterBinding("0", "bobs", named("bob")), clusterBinding("1", "no", named("ann")));
  reader.put("clusterrolebindings", clusterBinding("2", "yes", named("ann")));
  const kind = async (verb: string): Promise<string> => (await keeping.authorize(ask(verb, "pods"))).kind;
  expect([await kind("get"), await kind("list")]).toEqual(["allow", "none"]);
  expect(reader.asked).toEqual(["list clusterrolebindings ", "get clusterroles /no", "get clusterroles /yes", "list rolebindings shop"]);
  reader.put("clusterroles", clusterRole("wider", [rule(["list"], ["pods"])]));
  reader.put("clusterrolebindings", clusterBinding("3", "wider", named("ann")));
  expect(await kind("list")).toBe("none");
  version++;
  expect(await kind("list")).toBe("allow");
});

test("a binding of a role that is missing is asked for again each time: another master may have made it", async () => {
  const keeping = new RbacAuthorizer(reader, () => 1);
  reader.put("clusterrolebindings", clusterBinding("1", "late", named("ann")));
  expect((await keeping.authorize(ask("get", "pods"))).kind).toBe("none");
  reader.put("clusterroles", clusterRole("late", [rule(["get"], ["pods"])]));
  expect((await keeping.authorize(ask("get", "pods"))).kind).toBe("allow");
});

test("aggregation is followed to its end, and roles that choose each other are taken once", async () => {
  const aggregating = (name: string, chooses: string, labels: Readonly<Record<string, string>>, verbs: string[]) => {
    const role = clusterRole(name, [rule(verbs, ["pods"])]);
    return {
      ...role,
      metadata: { ...role.metadata, labels },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: chooses } }] },
    };
  };
  reader.put("clusterroles", aggregating("a", "a", { to: "d" }, ["get"]), aggregating("b", "b", { to: "a" }, ["list"]));
  reader.put("clusterroles", aggregating("c", "c", { to: "b" }, ["watch"]), aggregating("d", "d", { to: "c" }, ["delete"]));
  reader.put("clusterrolebindings", clusterBinding("1", "a", named("ann")));
  for (const verb of ["get", "list", "watch", "delete"]) expect(await may(ask(verb, "pods")), verb).toBe(true);
});

test("a user's rules are those of the cluster and of the namespace, resources apart from paths", async () => {
  reader.put("clusterroles", clusterRole("c", [rule(["get"], ["pods"]), { verbs: ["get"], nonResourceURLs: ["/metrics"] }]));
  reader.put("roles", role("r", "shop", [rule(["list"], ["services"])]));
  reader.put("clusterrolebindings", clusterBinding("b", "c", named("ann")), clusterBinding("g", "gone", named("ann")));
  reader.put("rolebindings", binding("b", "shop", "Role", "r", named("ann")));
  const rules = await rbac.rulesFor(ANN, "shop");
  expect(rules.resourceRules.map((r) => r.resources)).toEqual([["pods"], ["services"]]);
  expect(rules.nonResourceRules.map((r) => r.nonResourceURLs)).toEqual([["/metrics"]]);
  expect(rules.evaluationError).toBe('clusterrole.rbac.authorization.k8s.io "gone" not found');
});
