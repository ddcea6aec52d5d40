import { expect } from "vitest";
import { fromLatin1, latin1, leaseId, memberId, NO_LEASE, NO_MEMBER } from "../../../src/base/index.js";
import type { CallContext, PermissionType } from "../../../src/etcd/api/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { refused, type Subject } from "./subject.js";
import { Watching } from "./watching.js";

/** A store with auth on: root, and whoever the case brings in. Off and empty again afterwards, whatever happened. */
class Guarded {
  readonly s: Subject;
  readonly root: CallContext;
  readonly #users: string[] = [];
  readonly #roles: string[] = [];

  private constructor(s: Subject, root: CallContext) {
    this.s = s;
    this.root = root;
  }

  static async run(s: Subject, run: (g: Guarded) => Promise<void>): Promise<void> {
    const { auth } = s.api;
    await auth.userAdd({}, { name: "root", password: "toor", noPassword: false });
    await auth.roleAdd({}, "root");
    await auth.userGrantRole({}, { user: "root", role: "root" });
    await auth.enable({});
    const g = new Guarded(s, await as(s, "root", "toor"));
    try {
      await run(g);
    } finally {
      await auth.disable(await as(s, "root", "toor"));
      for (const user of ["root", ...g.#users]) await auth.userDelete({}, user).catch(() => {});
      for (const role of ["root", ...g.#roles]) await auth.roleDelete({}, role).catch(() => {});
    }
  }

  async add(name: string, password = "secret"): Promise<void> {
    this.#users.push(name);
    await this.s.api.auth.userAdd(this.root, { name, password, noPassword: false });
  }
  async role(role: string, ...permissions: readonly (readonly [PermissionType, string, string?])[]): Promise<void> {
    this.#roles.push(role);
    await this.s.api.auth.roleAdd(this.root, role);
    for (const [type, key, end = ""] of permissions) await this.allow(role, type, key, end);
  }
  allow(role: string, type: PermissionType, key: string, end = "") {
    const permission = { type, key: this.s.key(key), rangeEnd: this.s.end(end) };
    return this.s.api.auth.roleGrantPermission(this.root, { role, permission });
  }
  grant(user: string, role: string) {
    return this.s.api.auth.userGrantRole(this.root, { user, role });
  }
  /** A user who may just this. */
  async user(name: string, ...permissions: readonly (readonly [PermissionType, string, string?])[]): Promise<CallContext> {
    await this.add(name);
    await this.role(`${name}'s`, ...permissions);
    await this.grant(name, `${name}'s`);
    return as(this.s, name, "secret");
  }
}

async function as(s: Subject, name: string, password: string): Promise<CallContext> {
  return { token: (await s.api.auth.authenticate({}, { name, password })).token };
}
/** etcd 3.4 checks less, and dies of a permission that is missing in a grant. */
const guarded = (title: string, run: (g: Guarded) => Promise<void>, options: Parameters<typeof sentence>[2] = {}): EtcdCase =>
  sentence(title, (s) => Guarded.run(s, run), { since: "3.6", ...options });

const read = (g: Guarded, c: CallContext, key: string, end = "") => g.s.api.range(c, g.s.getOp(key, end));
const write = (g: Guarded, c: CallContext, key: string, more: object = {}) => g.s.api.put(c, g.s.putOp(key, "v", more));
const remove = (g: Guarded, c: CallContext, key: string, end = "", prevKv = false) => g.s.api.deleteRange(c, g.s.delOp(key, end, prevKv));

const SWITCHING: readonly EtcdCase[] = [
  sentence("auth is switched on by nobody before the user root has the role root", async (s) => {
    const { auth } = s.api;
    await refused("rootUserNotExist", auth.enable({}));
    await auth.userAdd({}, { name: "root", password: "toor", noPassword: false });
    await refused("rootRoleNotExist", auth.enable({}));
    await auth.userDelete({}, "root");
  }),
  sentence("while auth is off nobody can log in, and switching off is no error", async (s) => {
    await refused("authNotEnabled", s.api.auth.authenticate({}, { name: "root", password: "x" }));
    await s.api.auth.disable({});
  }),
  guarded("who shows nothing is refused everything, but a transaction that touches nothing", async (g) => {
    await refused("userEmpty", read(g, {}, "a"));
    await refused("userEmpty", write(g, {}, "a"));
    await refused("userEmpty", remove(g, {}, "a"));
    await refused("userEmpty", g.s.api.txn({}, g.s.txnOp([], [g.s.getOp("a")])));
    await refused("userEmpty", g.s.api.txn({}, g.s.txnOp([], [g.s.putOp("a")])));
    await refused("userEmpty", g.s.compact(1));
    await refused(
      "userEmpty",
      g.s.api.leaseGrant({}, { id: NO_LEASE, ttl: 60 }).then((l) => g.s.put("a", "", { lease: l.id })),
    );
    await refused("userEmpty", g.s.api.auth.userList({}));
    await refused("userEmpty", g.s.api.auth.enable({}));
    expect((await g.s.txn([], [])).succeeded).toBe(true);
  }),
  guarded("a wrong password and an unknown name are refused alike", async (g) => {
    for (const [name, password] of [
      ["root", "wrong"],
      ["root", ""],
      ["nobody", "x"],
      ["", ""],
    ] as const)
      await refused("authFailed", g.s.api.auth.authenticate({}, { name, password }));
  }),
  guarded(
    "a user without a password cannot log in with one",
    async (g) => {
      await g.s.api.auth.userAdd(g.root, { name: "bare", password: "", noPassword: true });
      try {
        await refused("noPasswordUser", g.s.api.auth.authenticate({}, { name: "bare", password: "x" }));
      } finally {
        await g.s.api.auth.userDelete(g.root, "bare");
      }
    },
    { since: "3.6" },
  ),
  guarded("a token that nobody gave is refused", async (g) => {
    for (const token of ["nonsense", "aaaaaaaaaaaaaaaa.1", "a.b.c", ""]) await refused("invalidAuthToken", read(g, { token }, "a"));
  }),
  guarded("with or without Bearer, a token is a token", async (g) => {
    expect((await read(g, { token: `Bearer ${g.root.token}` }, "a")).count).toBe(0);
  }),
  guarded(
    "anybody may ask whether auth is on; every change counts, and what changes nothing does not",
    async (g) => {
      const revision = async (): Promise<number> => (await g.s.api.auth.status({})).authRevision;
      const first = await revision();
      expect((await g.s.api.auth.status({})).enabled).toBe(true);
      await g.add("ann");
      await g.role("r");
      expect(await revision()).toBe(first + 2);
      await g.grant("ann", "r");
      await g.grant("ann", "r");
      expect(await revision()).toBe(first + 3);
      await refused("roleExists", g.s.api.auth.roleAdd(g.root, "r"));
      await g.s.api.auth.enable(g.root);
      expect(await revision()).toBe(first + 3);
    },
    { since: "3.7" },
  ),
];

const KEYS: readonly EtcdCase[] = [
  guarded("reading is allowed within what was granted, and not a key beyond", async (g) => {
    const ann = await g.user("ann", ["read", "b", "d"], ["read", "k"]);
    for (const [key, end] of [
      ["b", ""],
      ["b", "d"],
      ["bx", "c"],
      ["k", ""],
      ["c\xff", ""],
    ] as const)
      await read(g, ann, key, end);
    for (const [key, end] of [
      ["a", ""],
      ["d", ""],
      ["b", "d\0"],
      ["a", "c"],
      ["k", "l"],
      ["k\0", ""],
      ["b", "\0"],
      ["c", "k"],
    ] as const)
      await refused("permissionDenied", read(g, ann, key, end));
  }),
  guarded("permissions of several roles side by side cover a range over all of them", async (g) => {
    const ann = await g.user("ann", ["read", "a", "c"], ["read", "c", "e"]);
    await g.role("more", ["read", "d", "h"], ["readwrite", "j"]);
    await refused("permissionDenied", read(g, ann, "a", "g"));
    await g.grant("ann", "more");
    await read(g, ann, "a", "h");
    await refused("permissionDenied", read(g, ann, "a", "k"));
    await g.allow("more", "read", "h", "j");
    await read(g, ann, "a", "j\0");
    await refused("permissionDenied", read(g, ann, "a", "j\0\0"));
  }),
  guarded("an end of \\0 is no end, for whom it was granted without one", async (g) => {
    const ann = await g.user("ann", ["readwrite", "m", "\0"]);
    await read(g, ann, "m", "\0");
    await read(g, ann, "zz", "\0");
    await write(g, ann, "zz");
    await refused("permissionDenied", read(g, ann, "l", "\0"));
  }),
  guarded("what may be read may not be written, nor the other way round", async (g) => {
    const ann = await g.user("ann", ["read", "r", "s"], ["write", "w", "x"], ["readwrite", "y"]);
    await read(g, ann, "r1");
    await refused("permissionDenied", write(g, ann, "r1"));
    await refused("permissionDenied", remove(g, ann, "r", "s"));
    await write(g, ann, "w1");
    await refused("permissionDenied", read(g, ann, "w1"));
    await remove(g, ann, "w", "x");
    await write(g, ann, "y");
    expect((await read(g, ann, "y")).count).toBe(1);
  }),
  guarded("to be told what was there takes the permission to read", async (g) => {
    const ann = await g.user("ann", ["write", "w", "x"]);
    await write(g, ann, "w1");
    await refused("permissionDenied", write(g, ann, "w1", { prevKv: true }));
    await g.s.api.put(ann, g.s.putOp("w1", "", { ignoreValue: true }));
    await refused("permissionDenied", remove(g, ann, "w1", "", true));
    expect((await remove(g, ann, "w1")).deleted).toBe(1);
  }),
  guarded("root may everything", async (g) => {
    await write(g, g.root, "a", { prevKv: true });
    await read(g, g.root, "=\0", "\0");
    await remove(g, g.root, "a", "b", true);
  }),
  guarded("in a transaction both branches and all compares count, nested ones too", async (g) => {
    const { s } = g;
    const ann = await g.user("ann", ["read", "r", "s"], ["write", "w", "x"]);
    const holds = s.compare("r", "equal", { kind: "version", number: 0 });
    const txn = (...ops: Parameters<Subject["txnOp"]>) => s.api.txn(ann, s.txnOp(...ops));
    expect((await txn([holds], [s.putOp("w")], [s.getOp("r")])).succeeded).toBe(true);
    await refused("permissionDenied", txn([s.compare("w", "equal", { kind: "version", number: 0 })], [s.getOp("r")]));
    await refused("permissionDenied", txn([s.compare("r", "equal", { kind: "version", number: 0 }, "t")], []));
    await refused("permissionDenied", txn([holds], [s.putOp("w")], [s.putOp("r")]));
    await refused("permissionDenied", txn([holds], [s.getOp("r")], [s.getOp("w")]));
    await refused("permissionDenied", txn([holds], [s.delOp("w", "y")]));
    await refused("permissionDenied", txn([holds], [s.delOp("w", "x", true)]));
    expect((await txn([], [s.txnOp([holds], [s.putOp("w")])])).succeeded).toBe(true);
    await refused("permissionDenied", txn([], [s.txnOp([holds], [], [s.putOp("r")])]));
    await refused("permissionDenied", txn([], [s.txnOp([s.compare("q", "equal", { kind: "version", number: 0 })], [])]));
  }),
  guarded("compaction is root's", async (g) => {
    const ann = await g.user("ann", ["readwrite", "=\x01", "\0"]);
    await refused("permissionDenied", g.s.api.compact(ann, { kind: "compact", revision: 1, physical: false }));
  }),
];

const LEASES: readonly EtcdCase[] = [
  guarded("a lease with keys that a user may not write is not his to use", async (g) => {
    const { api } = g.s;
    const ann = await g.user("ann", ["readwrite", "mine"]);
    const { id } = await api.leaseGrant(ann, { id: NO_LEASE, ttl: 60 });
    await write(g, ann, "mine", { lease: id });
    await api.leaseKeepAlive(ann, id);
    await write(g, g.root, "hers", { lease: id });
    await refused("permissionDenied", write(g, ann, "mine", { lease: id }));
    await refused("permissionDenied", api.leaseRevoke(ann, id));
    await refused("permissionDenied", api.leaseTimeToLive(ann, { id, keys: true }));
    await api.leaseTimeToLive(g.root, { id, keys: true });
    await api.leaseRevoke(g.root, id);
  }),
  guarded("what becomes of a lease is told to nobody without a name", async (g) => {
    await refused("userEmpty", g.s.api.leaseTimeToLive({}, { id: leaseId(5n), keys: true }));
    await refused("userEmpty", g.s.api.leaseLeases({}));
  }),
  guarded(
    "nor is a lease granted, kept or revoked for nobody, or kept with another's keys on it",
    async (g) => {
      const { api } = g.s;
      const ann = await g.user("ann", ["readwrite", "mine"]);
      const { id } = await api.leaseGrant(g.root, { id: NO_LEASE, ttl: 60 });
      await write(g, g.root, "hers", { lease: id });
      await refused("userEmpty", api.leaseGrant({}, { id: NO_LEASE, ttl: 60 }));
      await refused("userEmpty", api.leaseRevoke({}, id));
      await refused("userEmpty", api.leaseTimeToLive({}, { id, keys: false }));
      await refused("userEmpty", api.leaseKeepAlive({}, id));
      await refused("permissionDenied", api.leaseKeepAlive(ann, id));
      await refused("permissionDenied", api.leaseLeases(ann));
      await api.leaseRevoke(g.root, id);
    },
    { since: "3.7" },
  ),
];

async function watching(g: Guarded, c: CallContext, run: (w: Watching) => Promise<void>): Promise<void> {
  const w = new Watching(g.s.api, g.s, c);
  try {
    await run(w);
  } finally {
    w.close();
  }
}
const WATCHES: readonly EtcdCase[] = [
  guarded(
    "a watcher without permission is refused, its stream and its neighbours are not",
    async (g) => {
      const ann = await g.user("ann", ["read", "r", "s"]);
      await watching(g, ann, async (w) => {
        const no = await w.create("q", "s");
        expect(no).toMatchObject({ watchId: -1n, created: true, canceled: true });
        expect(no.cancelReason).toBe("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
        const yes = await w.create("r", "s");
        expect(yes).toMatchObject({ created: true, canceled: false });
        await write(g, g.root, "r1");
        expect(await w.takeLines(1, yes.watchId)).toEqual(["put r1=v"]);
      });
    },
    { since: "3.6" },
  ),
  guarded(
    "nobody watches without a name, or with a token that nobody gave",
    async (g) => {
      await watching(g, {}, async (w) => {
        expect((await w.create("r")).cancelReason).toBe("rpc error: code = InvalidArgument desc = etcdserver: user name is empty");
      });
      await watching(g, { token: "x.1" }, async (w) => {
        expect((await w.create("r")).cancelReason).toBe("rpc error: code = Unauthenticated desc = etcdserver: invalid auth token");
      });
    },
    { since: "3.6" },
  ),
  guarded("a watcher that was made goes on when its permission is taken away", async (g) => {
    const ann = await g.user("ann", ["read", "r", "s"]);
    await watching(g, ann, async (w) => {
      const { watchId } = await w.create("r", "s");
      await g.s.api.auth.userRevokeRole(g.root, { user: "ann", role: "ann's" });
      await write(g, g.root, "r1");
      expect(await w.takeLines(1, watchId)).toEqual(["put r1=v"]);
      expect(await w.create("r", "s")).toMatchObject({ canceled: true });
    });
  }),
];

const USERS: readonly EtcdCase[] = [
  guarded("a changed password ends the tokens, and so does the end of the user", async (g) => {
    const ann = await g.user("ann", ["read", "r"]);
    await read(g, ann, "r");
    await g.s.api.auth.userChangePassword(g.root, { name: "ann", password: "new" });
    await refused("invalidAuthToken", read(g, ann, "r"));
    await refused("authFailed", g.s.api.auth.authenticate({}, { name: "ann", password: "secret" }));
    const again = await as(g.s, "ann", "new");
    await read(g, again, "r");
    await g.s.api.auth.userDelete(g.root, "ann");
    await refused("invalidAuthToken", read(g, again, "r"));
  }),
  guarded("what is granted and taken away counts at once, with the same token", async (g) => {
    const ann = await g.user("ann");
    await refused("permissionDenied", read(g, ann, "r"));
    await g.allow("ann's", "read", "r");
    await read(g, ann, "r");
    await g.s.api.auth.roleRevokePermission(g.root, { role: "ann's", key: g.s.key("r"), rangeEnd: fromLatin1("") });
    await refused("permissionDenied", read(g, ann, "r"));
    await g.allow("ann's", "readwrite", "r");
    await read(g, ann, "r");
    await g.s.api.auth.roleDelete(g.root, "ann's");
    await refused("permissionDenied", read(g, ann, "r"));
    expect((await g.s.api.auth.userGet(g.root, "ann")).roles).toEqual([]);
  }),
  guarded("root cannot be taken away while auth is on", async (g) => {
    const { auth } = g.s.api;
    await refused("invalidAuthManagement", auth.userDelete(g.root, "root"));
    await refused("invalidAuthManagement", auth.roleDelete(g.root, "root"));
    await refused("invalidAuthManagement", auth.userRevokeRole(g.root, { user: "root", role: "root" }));
  }),
  guarded("names and roles are looked up before they are used", async (g) => {
    const { auth } = g.s.api;
    await refused("userEmpty", auth.userAdd(g.root, { name: "", password: "x", noPassword: false }));
    await refused("roleEmpty", auth.roleAdd(g.root, ""));
    await refused("userExists", auth.userAdd(g.root, { name: "root", password: "x", noPassword: false }));
    await refused("userNotFound", auth.userGet(g.root, "nobody"));
    await refused("userNotFound", auth.userDelete(g.root, "nobody"));
    await refused("userNotFound", auth.userChangePassword(g.root, { name: "nobody", password: "x" }));
    await refused("userNotFound", g.grant("nobody", "root"));
    await refused("roleNotFound", g.grant("root", "nothing"));
    await refused("roleNotGranted", auth.userRevokeRole(g.root, { user: "root", role: "nothing" }));
    await refused("roleNotFound", auth.roleGet(g.root, "nothing"));
    await refused("roleNotFound", auth.roleDelete(g.root, "nothing"));
    await refused("roleNotFound", g.allow("nothing", "read", "a"));
    await refused("permissionNotGiven", auth.roleGrantPermission(g.root, { role: "root", permission: undefined }));
  }),
  guarded(
    "a range that ends before it begins, or begins nowhere, cannot be granted",
    async (g) => {
      await g.role("r");
      await refused("invalidAuthManagement", g.allow("r", "read", "b", "a"));
      await refused("invalidAuthManagement", g.allow("r", "read", "b", "b"));
    },
    { since: "3.6" },
  ),
  guarded("a role tells its permissions in order of keys; granting one again replaces it", async (g) => {
    const { auth } = g.s.api;
    await g.role("r", ["read", "m", "p"], ["write", "c"], ["readwrite", "x", "\0"], ["readwrite", "c"]);
    const told = (await auth.roleGet(g.root, "r")).permissions.map((p) => `${p.type} ${g.s.name(p.key)} ${g.s.name(p.rangeEnd)}`);
    expect(told).toEqual(["readwrite c ", "read m p", "readwrite x \0"]);
    const [all] = (await auth.roleGet(g.root, "root")).permissions;
    expect(`${all?.type} ${latin1(all?.key ?? fromLatin1("?"))} ${latin1(all?.rangeEnd ?? fromLatin1("?"))}`).toBe("readwrite  \0");
    await refused("permissionNotGranted", auth.roleRevokePermission(g.root, { role: "r", key: g.s.key("m"), rangeEnd: fromLatin1("") }));
  }),
  guarded("everybody sees himself and his roles, root sees all, nobody else changes anything", async (g) => {
    const { auth } = g.s.api;
    const ann = await g.user("ann", ["read", "r"]);
    await g.role("other");
    expect((await auth.userGet(ann, "ann")).roles).toEqual(["ann's"]);
    expect((await auth.roleGet(ann, "ann's")).permissions).toHaveLength(1);
    await refused("permissionDenied", auth.userGet(ann, "root"));
    await refused("permissionDenied", auth.roleGet(ann, "other"));
    await refused("permissionDenied", auth.userList(ann));
    await refused("permissionDenied", auth.roleList(ann));
    await refused("permissionDenied", auth.userAdd(ann, { name: "x", password: "x", noPassword: false }));
    await refused("permissionDenied", auth.userChangePassword(ann, { name: "ann", password: "x" }));
    await refused("permissionDenied", auth.userGrantRole(ann, { user: "ann", role: "root" }));
    await refused("permissionDenied", auth.roleDelete(ann, "other"));
    await refused("permissionDenied", auth.disable(ann));
    expect((await auth.userList(g.root)).users).toEqual(["ann", "root"]);
    expect((await auth.roleList(g.root)).roles).toEqual(["ann's", "other", "root"]);
  }),
];

const REST: readonly EtcdCase[] = [
  guarded(
    "maintenance is root's; status, alarms and members are told to everybody with a name",
    async (g) => {
      const { api } = g.s;
      const ann = await g.user("ann", ["readwrite", "=\x01", "\0"]);
      const alarm = { memberId: NO_MEMBER, alarm: "none" } as const;
      const peerUrls = ["http://127.0.0.1:1"];
      for (const [c, code] of [
        [{}, "userEmpty"],
        [ann, "permissionDenied"],
      ] as const) {
        await refused(code, api.hash(c));
        await refused(code, api.hashKv(c, 0));
        await refused(code, api.defragment(c));
        await refused(code, api.moveLeader(c, memberId(1n)));
        await refused(code, api.downgrade(c, { action: "validate", version: "3.6" }));
        await refused(code, api.alarm(c, { action: "activate", memberId: memberId(1n), alarm: "nospace" }));
        await refused(code, api.memberAdd(c, { peerUrls, isLearner: true }));
        await refused(code, api.memberRemove(c, memberId(1n)));
        await refused(code, api.memberUpdate(c, { id: memberId(1n), peerUrls }));
        await refused(code, api.memberPromote(c, memberId(1n)));
        await refused(code, api.snapshot(c)[Symbol.asyncIterator]().next());
      }
      await refused("userEmpty", api.status({}));
      await refused("userEmpty", api.alarm({}, { action: "get", ...alarm }));
      await refused("userEmpty", api.memberList({}, { linearizable: true }));
      await api.status(ann);
      await api.alarm(ann, { action: "get", ...alarm });
      await api.memberList(ann, { linearizable: true });
    },
    { needs: ["maintenance", "cluster"], since: "3.7" },
  ),
  guarded(
    "a range stream is a read",
    async (g) => {
      const ann = await g.user("ann", ["read", "r", "s"]);
      await write(g, g.root, "r1");
      const count = async (c: CallContext, key: string, end: string): Promise<number> => {
        let n = 0;
        for await (const piece of g.s.api.rangeStream(c, g.s.getOp(key, end))) n += piece.kvs.length;
        return n;
      };
      expect(await count(ann, "r", "s")).toBe(1);
      await refused("permissionDenied", count(ann, "r", "t"));
      await refused("userEmpty", count({}, "r", "s"));
    },
    { needs: ["maintenance"], since: "3.7" },
  ),
];

export const AUTH_CASES: readonly EtcdCase[] = [...SWITCHING, ...KEYS, ...LEASES, ...WATCHES, ...USERS, ...REST];
