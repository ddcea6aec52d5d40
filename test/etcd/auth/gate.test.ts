import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fromLatin1, NO_BYTES, NO_LEASE, utf8 } from "../../../src/base/index.js";
import { type CallContext, EtcdError, type PutRequest, rangeRequest } from "../../../src/etcd/api/index.js";
import { openAlone } from "../../kit/alone.js";

/** One member: what is decided at the gate, and what again when the entry is applied. */

const put = (key: string): PutRequest => ({
  kind: "put",
  key: fromLatin1(key),
  value: fromLatin1("v"),
  lease: NO_LEASE,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
});
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "ok",
    (error: unknown) => (error instanceof EtcdError ? error.code : String(error)),
  );

describe("the gate and the apply chain", () => {
  let store: Awaited<ReturnType<typeof openAlone>>;
  let root: CallContext;
  let ann: CallContext;
  beforeEach(async () => {
    store = await openAlone();
    const { auth } = store.api;
    await auth.userAdd({}, { name: "root", password: "r", noPassword: false });
    await auth.userAdd({}, { name: "ann", password: "a", noPassword: false });
    await auth.userGrantRole({}, { user: "root", role: "root" });
    await auth.roleAdd({}, "w");
    await auth.roleGrantPermission({}, { role: "w", permission: { type: "readwrite", key: fromLatin1("a"), rangeEnd: NO_BYTES } });
    await auth.userGrantRole({}, { user: "ann", role: "w" });
    await auth.enable({});
    root = await login("root", "r");
    ann = await login("ann", "a");
  });
  afterEach(() => store.close());
  const login = async (name: string, password: string): Promise<CallContext> => ({
    token: (await store.api.auth.authenticate({}, { name, password })).token,
  });
  const revision = (): number => store.member.state.auth.revision;

  test("an entry says who asked, and is refused when that is not true any more", async () => {
    const at = revision();
    expect(await store.member.propose(put("a"), { user: "ann", authRevision: at })).toMatchObject({ kind: "ok" });
    expect(await store.member.propose(put("b"), { user: "ann", authRevision: at })).toEqual({ kind: "refused", code: "permissionDenied" });
    expect(await store.member.propose(put("a"), {})).toEqual({ kind: "refused", code: "userEmpty" });
    await store.api.auth.roleAdd(root, "another");
    expect(await store.member.propose(put("a"), { user: "ann", authRevision: at })).toEqual({ kind: "refused", code: "authOldRevision" });
    expect(await store.member.propose({ kind: "authDisable" }, { user: "ann", authRevision: revision() })).toEqual({
      kind: "refused",
      code: "permissionDenied",
    });
    expect((await store.api.range(root, rangeRequest({ key: fromLatin1("b") }))).count).toBe(0);
  });

  test("of two requests in one turn the second is judged by what the first changed", async () => {
    const outcomes = await Promise.all([
      store.member.propose({ kind: "userRevokeRole", user: "ann", role: "w" }, { user: "root", authRevision: revision() }),
      store.member.propose(put("a"), { user: "ann", authRevision: revision() }),
    ]);
    expect(outcomes).toMatchObject([{ kind: "ok" }, { kind: "refused", code: "authOldRevision" }]);
  });

  test("who may not write costs no place in the log", async () => {
    const before = store.member.state.appliedIndex;
    for (let i = 0; i < 10; i++) expect(await codeOf(store.api.put(ann, put("b")))).toBe("permissionDenied");
    expect(await codeOf(store.api.put({}, put("a")))).toBe("userEmpty");
    expect(store.member.state.appliedIndex).toBe(before);
  });

  test("a range stream over which users changed does not end as if nothing had happened", async () => {
    for (let i = 0; i < 30; i++) await store.api.put(root, put(`k${i}`));
    const chunks = store.api.rangeStream(root, rangeRequest({ key: fromLatin1("k"), rangeEnd: fromLatin1("l") }));
    const iterator = chunks[Symbol.asyncIterator]();
    await iterator.next();
    await store.api.auth.roleAdd(root, "another");
    const rest = async (): Promise<void> => {
      while (!(await iterator.next()).done);
    };
    expect(await codeOf(rest())).toBe("authOldRevision");
  });

  test("a certificate's name is who asks, unless a token says otherwise", async () => {
    expect(await codeOf(store.api.put({ commonName: "ann" }, put("a")))).toBe("ok");
    expect(await codeOf(store.api.put({ commonName: "ann" }, put("b")))).toBe("permissionDenied");
    expect(await codeOf(store.api.put({ commonName: "stranger" }, put("a")))).toBe("permissionDenied");
    expect(await codeOf(store.api.put({ commonName: "ann", ...root }, put("b")))).toBe("ok");
    expect(await codeOf(store.api.put({ commonName: "root", token: "x" }, put("a")))).toBe("invalidAuthToken");
  });

  test("a token from an index that is not reached yet is waited for, until the request's deadline", async () => {
    const started = store.member.nowMs();
    const context = { token: "aaaaaaaaaaaaaaaa.999999", deadlineMonotonicMs: started + 300 };
    expect(await codeOf(store.api.put(context, put("a")))).toBe("invalidAuthToken");
    expect(store.member.nowMs() - started).toBeGreaterThan(250);
  });

  test("a request's own bytes never reach the log where they may hold a password", async () => {
    let logged = "";
    const propose = store.member.propose.bind(store.member);
    store.member.propose = (command, context) => {
      logged += JSON.stringify([command, context]);
      return propose(command, context);
    };
    const secret = { ...root, encoded: utf8("a secret") };
    await store.api.auth.userAdd(secret, { name: "bob", password: "a secret", noPassword: false });
    await store.api.auth.userChangePassword(secret, { name: "bob", password: "a secret" });
    await store.api.auth.authenticate(secret, { name: "bob", password: "a secret" });
    expect(logged).toContain("bob");
    expect(logged).not.toContain("secret");
    expect(logged).not.toContain("encoded");
  });

  test("tokens end with auth itself", async () => {
    await store.api.auth.disable(root);
    expect(store.member.gate.tokens.count).toBe(0);
    expect(await codeOf(store.api.put(ann, put("b")))).toBe("ok");
    await store.api.auth.enable({});
    expect(await codeOf(store.api.put(ann, put("a")))).toBe("invalidAuthToken");
  });

  test("hashes and sizes do not know of users", async () => {
    const before = [(await store.api.hashKv(root, 0)).hash, (await store.api.status(root)).dbSizeInUse];
    await store.api.auth.userAdd(root, { name: "bob", password: "x", noPassword: false });
    expect([(await store.api.hashKv(root, 0)).hash, (await store.api.status(root)).dbSizeInUse]).toEqual(before);
  });
});
