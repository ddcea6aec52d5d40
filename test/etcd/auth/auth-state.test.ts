import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bytes, fromLatin1, NO_BYTES, utf8 } from "../../../src/base/index.js";
import type { CallContext, EtcdError, PermissionType } from "../../../src/etcd/api/index.js";
import { AUTH_FROM, AUTH_TO, type AuthCommand, AuthState, NOBODY } from "../../../src/etcd/auth/index.js";
import { ModelApi } from "../../conformance/model-api.js";
import type { ModelAuth } from "../../conformance/model-auth.js";

class Space {
  readonly pairs = new Map<string, Bytes>();
  put(key: string, value: Bytes): void {
    this.pairs.set(key, value);
  }
  delete(key: string): void {
    this.pairs.delete(key);
  }
  sorted(): [string, Bytes][] {
    return [...this.pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
function fresh(): { readonly auth: AuthState; readonly space: Space } {
  const space = new Space();
  return { auth: new AuthState(space), space };
}
function reopened(space: Space): AuthState {
  const auth = new AuthState(space);
  auth.load(space.sorted());
  return auth;
}
const hash = utf8("hash");
const user = (name: string): AuthCommand => ({ kind: "userAdd", name, hash, noPassword: false });
const give = (who: string, role: string): AuthCommand => ({ kind: "userGrantRole", user: who, role });
const allow = (role: string, type: PermissionType, key: string, end = ""): AuthCommand => ({
  kind: "roleGrantPermission",
  role,
  permission: { type, key: fromLatin1(key), rangeEnd: fromLatin1(end) },
});
const SWITCHED_ON: readonly AuthCommand[] = [user("root"), give("root", "root"), { kind: "authEnable" }];

const name = fc.constantFrom("root", "ann", "bob", "ü𝒳", "");
const role = fc.constantFrom("root", "r", "s", "");
const key = fc.constantFrom("a", "b", "c", "");
const end = fc.constantFrom("", "b", "c", "\0");
const command: fc.Arbitrary<AuthCommand> = fc.oneof(
  fc.constantFrom<AuthCommand>({ kind: "authEnable" }, { kind: "authDisable" }),
  name.map(user),
  name.map((n): AuthCommand => ({ kind: "userDelete", name: n })),
  name.map((n): AuthCommand => ({ kind: "userChangePassword", name: n, hash })),
  fc.tuple(name, role).map(([n, r]) => give(n, r)),
  fc.tuple(name, role).map(([n, r]): AuthCommand => ({ kind: "userRevokeRole", user: n, role: r })),
  role.map((r): AuthCommand => ({ kind: "roleAdd", role: r })),
  role.map((r): AuthCommand => ({ kind: "roleDelete", role: r })),
  fc.tuple(role, fc.constantFrom<PermissionType>("read", "write", "readwrite"), key, end).map(([r, t, k, e]) => allow(r, t, k, e)),
  fc
    .tuple(role, key, end)
    .map(([r, k, e]): AuthCommand => ({ kind: "roleRevokePermission", role: r, key: fromLatin1(k), rangeEnd: fromLatin1(e) })),
);

/** The model as it would be asked by root. */
function onModel(model: ModelAuth, c: AuthCommand, context: CallContext): Promise<unknown> {
  switch (c.kind) {
    case "authEnable":
      return model.enable(context);
    case "authDisable":
      return model.disable(context);
    case "userAdd":
      return model.userAdd(context, { name: c.name, password: "x", noPassword: c.noPassword });
    case "userDelete":
      return model.userDelete(context, c.name);
    case "userChangePassword":
      return model.userChangePassword(context, { name: c.name, password: "x" });
    case "userGrantRole":
      return model.userGrantRole(context, c);
    case "userRevokeRole":
      return model.userRevokeRole(context, c);
    case "roleAdd":
      return model.roleAdd(context, c.role);
    case "roleDelete":
      return model.roleDelete(context, c.role);
    case "roleGrantPermission":
      return model.roleGrantPermission(context, c);
    case "roleRevokePermission":
      return model.roleRevokePermission(context, c);
    case "authenticate":
      throw new Error("not drawn");
  }
}
const asRoot = async (model: ModelAuth): Promise<CallContext> =>
  model.authenticate({}, { name: "root", password: "x" }).then(
    ({ token }) => ({ token }),
    () => ({}),
  );

describe("auth state", () => {
  test("random commands come out as the naive model says, and a reload sees the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const { auth, space } = fresh();
        const model = (ModelApi.open() as unknown as ModelApi).auth;
        for (const c of [...SWITCHED_ON, ...commands]) {
          const root = await asRoot(model);
          const expected = await onModel(model, c, root).then(
            () => undefined,
            (error: unknown) => (error as EtcdError).code,
          );
          expect(auth.apply(c), JSON.stringify(c)).toBe(expected);
        }
        const root = await asRoot(model);
        const status = await model.status(root);
        for (const state of [auth, reopened(space)]) {
          expect({ enabled: state.enabled, authRevision: state.revision }).toEqual({
            enabled: status.enabled,
            authRevision: status.authRevision,
          });
          expect(state.roleNames()).toEqual((await model.roleList(root)).roles);
          expect([...state.userNames()].sort()).toEqual((await model.userList(root)).users);
          for (const n of state.userNames()) expect(state.user(n)?.roles).toEqual((await model.userGet(root, n)).roles);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("an identity from before a change is refused, also root's, for keys; nobody is told to say who he is", () => {
    const { auth } = fresh();
    const range = { key: fromLatin1("a"), rangeEnd: NO_BYTES };
    expect(auth.keyFault(NOBODY, range, "read")).toBeUndefined();
    for (const c of [...SWITCHED_ON, user("ann"), { kind: "roleAdd", role: "r" } as const, give("ann", "r"), allow("r", "read", "a")])
      auth.apply(c);
    const ann = { user: "ann", revision: auth.revision };
    expect(auth.keyFault(ann, range, "read")).toBeUndefined();
    expect(auth.keyFault(ann, range, "write")).toBe("permissionDenied");
    expect(auth.keyFault(NOBODY, range, "read")).toBe("userEmpty");
    expect(auth.keyFault({ user: "gone", revision: auth.revision }, range, "read")).toBe("permissionDenied");
    const root = { user: "root", revision: auth.revision };
    auth.apply(user("bob"));
    expect(auth.keyFault(ann, range, "read")).toBe("authOldRevision");
    expect(auth.keyFault(root, range, "read")).toBe("authOldRevision");
    expect(auth.adminFault(root)).toBeUndefined();
  });

  test("what is kept lies in the room's own keys", () => {
    const { auth, space } = fresh();
    for (const c of [...SWITCHED_ON, { kind: "roleAdd", role: "ü" } as const]) auth.apply(c);
    expect(space.pairs.size).toBe(3);
    for (const stored of space.pairs.keys()) expect(stored >= AUTH_FROM && stored < AUTH_TO).toBe(true);
    expect(() => new AuthState(space).load([["ax", NO_BYTES]])).toThrow(/unknown auth record/);
  });

  test("a user without a password has no hash, whatever came with the command", () => {
    const { auth } = fresh();
    auth.apply({ kind: "userAdd", name: "bare", hash, noPassword: true });
    auth.apply({ kind: "userChangePassword", name: "bare", hash });
    expect(auth.user("bare")).toMatchObject({ hash: NO_BYTES, noPassword: true });
    for (const c of SWITCHED_ON) auth.apply(c);
    expect(auth.apply({ kind: "authenticate", name: "bare", tokenPrefix: "x" })).toBe("authFailed");
    expect(auth.apply({ kind: "authenticate", name: "root", tokenPrefix: "x" })).toBeUndefined();
  });
});
