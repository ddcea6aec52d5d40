import { beforeEach, describe, expect, test } from "vitest";
import type { AdmissionRequest } from "../../../src/apiserver/admission/types.js";
import { escalationCheck, RbacAuthorizer } from "../../../src/apiserver/rbac/index.js";
import type { JsonObject, KubeObject, StatusError } from "../../../src/kube/meta/index.js";
import { TestReader, user } from "../reader.js";
import { binding, clusterBinding, clusterRole, named, role, rule } from "./kit.js";

const GROUP = "rbac.authorization.k8s.io";
const PLURAL: Readonly<Record<string, string>> = {
  Role: "roles",
  ClusterRole: "clusterroles",
  RoleBinding: "rolebindings",
  ClusterRoleBinding: "clusterrolebindings",
};
let reader: TestReader;
let groups: string[];
beforeEach(() => {
  groups = ["devs"];
  reader = new TestReader();
});
/** undefined: it was let through. */
async function refused(object: KubeObject, old?: KubeObject): Promise<string | undefined> {
  const rbac = new RbacAuthorizer(reader);
  const row = { group: GROUP, resource: PLURAL[String(object.kind)] };
  const { name = "", namespace = "" } = object.metadata;
  const request = { row, object, old, name, namespace, user: user("ann", ...groups) } as unknown as AdmissionRequest;
  try {
    await escalationCheck(rbac, [rbac]).validate?.(request);
    return undefined;
  } catch (error) {
    const { code, message } = (error as StatusError).status;
    expect(code).toBe(403);
    return message;
  }
}
const holds = (...rules: JsonObject[]): void => {
  reader.put("clusterroles", clusterRole("held", rules)).put("clusterrolebindings", clusterBinding("held", "held", named("ann")));
};
const PODS = rule(["get", "list"], ["pods"]);

describe("a role", () => {
  test("of what its writer does not hold is refused, each missing rule named", async () => {
    holds(rule(["get"], ["pods"]));
    expect(await refused(clusterRole("r", [rule(["get", "list", "watch"], ["pods"]), rule(["get"], ["secrets"])]))).toBe(
      'clusterroles.rbac.authorization.k8s.io "r" is forbidden: user "ann" (groups=["devs"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
  });

  test.each<readonly [string, JsonObject, JsonObject, boolean]>([
    ["the same", PODS, PODS, true],
    ["one verb of several", PODS, rule(["list"], ["pods"]), true],
    ["by * anything of the group", rule(["*"], ["*"], ["g"]), rule(["x"], ["y/z"], ["g"], ["n"]), true],
    ["* by all but *", rule(["get", "list", "create"], ["pods"]), rule(["*"], ["pods"]), false],
    ["a name by all names", PODS, rule(["get"], ["pods"], [""], ["a"]), true],
    ["all names by one name", rule(["get"], ["pods"], [""], ["a"]), rule(["get"], ["pods"]), false],
    ["another name", rule(["get"], ["pods"], [""], ["a"]), rule(["get"], ["pods"], [""], ["b"]), false],
    ["a subresource by its resource", PODS, rule(["get"], ["pods/log"]), false],
    ["a subresource of any resource", rule(["get"], ["*/scale"], ["*"]), rule(["get"], ["deployments/scale"], ["apps"]), true],
    ["another group", PODS, rule(["get"], ["pods"], ["apps"]), false],
    ["a path below one with *", { verbs: ["get"], nonResourceURLs: ["/a/*"] }, { verbs: ["get"], nonResourceURLs: ["/a/b"] }, true],
    ["a path beside one", { verbs: ["get"], nonResourceURLs: ["/a"] }, { verbs: ["get"], nonResourceURLs: ["/a/b"] }, false],
    ["paths by resources", rule(["get"], ["*"], ["*"]), { verbs: ["get"], nonResourceURLs: ["/a"] }, false],
  ])("held: %s", async (_, held, wanted, allowed) => {
    holds(held);
    expect((await refused(clusterRole("r", [wanted]))) === undefined).toBe(allowed);
  });

  test("is held by several rules together", async () => {
    holds(rule(["get"], ["pods"]), rule(["list"], ["pods"]));
    expect(await refused(clusterRole("r", [PODS]))).toBeUndefined();
  });

  test("of a namespace may hold what its writer holds there, of another not", async () => {
    reader.put("roles", role("mine", "shop", [PODS])).put("rolebindings", binding("b", "shop", "Role", "mine", named("ann")));
    expect(await refused(role("r", "shop", [PODS]))).toBeUndefined();
    expect(await refused(role("r", "bank", [PODS]))).toContain("not currently held");
    expect(await refused(clusterRole("r", [PODS]))).toContain("not currently held");
  });

  test("may be written by whoever may escalate it, and no other role", async () => {
    holds(rule(["escalate"], ["clusterroles"], [GROUP], ["r"]));
    expect(await refused(clusterRole("r", [PODS]))).toBeUndefined();
    expect(await refused(clusterRole("s", [PODS]))).toContain("not currently held");
  });

  test("whose rules stay may be changed otherwise, one whose rules change may not", async () => {
    const old = clusterRole("r", [PODS]);
    expect(await refused(clusterRole("r", [PODS], {}, { a: "b" }), old)).toBeUndefined();
    expect(await refused(clusterRole("r", [PODS, rule(["get"], ["nodes"])]), old)).toContain("nodes");
  });

  test("that gathers others' rules needs everything, to make, to change and to take the gathering away", async () => {
    const gathering: KubeObject = { ...clusterRole("r", []), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } };
    const text = 'clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use the aggregationRule';
    holds(PODS);
    expect(await refused(gathering)).toBe(text);
    expect(await refused(gathering, clusterRole("r", []))).toBe(text);
    expect(await refused(clusterRole("r", []), gathering)).toBe(text);
    reader = new TestReader();
    holds(rule(["*"], ["*"], ["*"]), { verbs: ["*"], nonResourceURLs: ["*"] });
    expect(await refused(gathering)).toBeUndefined();
  });

  test("is anybody's of system:masters", async () => {
    groups = ["system:masters"];
    expect(await refused(clusterRole("r", [rule(["*"], ["*"], ["*"])]))).toBeUndefined();
  });
});

describe("a binding", () => {
  beforeEach(() => void reader.put("clusterroles", clusterRole("power", [PODS])));

  test("to a role whose rules its writer does not hold is refused", async () => {
    expect(await refused(clusterBinding("b", "power", named("ann")))).toBe(
      'clusterrolebindings.rbac.authorization.k8s.io "b" is forbidden: user "ann" (groups=["devs"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    );
  });

  test("to a role whose rules its writer holds is let through", async () => {
    holds(PODS);
    expect(await refused(clusterBinding("b", "power", named("bob")))).toBeUndefined();
    expect(await refused(binding("b", "shop", "ClusterRole", "power", named("bob")))).toBeUndefined();
  });

  test("may be written by whoever may bind that role, and to no other", async () => {
    reader.put("clusterroles", clusterRole("other", [PODS]));
    holds(rule(["bind"], ["clusterroles"], [GROUP], ["power"]));
    expect(await refused(clusterBinding("b", "power", named("bob")))).toBeUndefined();
    expect(await refused(clusterBinding("b", "other", named("bob")))).toContain("not currently held");
  });

  test("escalate is no bind", async () => {
    holds(rule(["escalate"], ["clusterroles"], [GROUP]));
    expect(await refused(clusterBinding("b", "power", named("bob")))).toContain("not currently held");
  });

  test("to a role that is not there is refused with its name", async () => {
    expect(await refused(binding("b", "shop", "Role", "gone", named("bob")))).toContain('role.rbac.authorization.k8s.io "gone" not found');
  });

  test("whose role and subjects stay may be changed otherwise, one with a new subject may not", async () => {
    const old = clusterBinding("b", "power", named("bob"));
    expect(await refused({ ...old, metadata: { name: "b", labels: { a: "b" } } }, old)).toBeUndefined();
    expect(await refused(clusterBinding("b", "power", named("bob"), named("eve")), old)).toContain("not currently held");
  });
});
