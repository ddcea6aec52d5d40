import { expect } from "vitest";
import { type MemberId, memberId } from "../../../src/base/index.js";
import { EtcdError } from "../../../src/etcd/api/index.js";
import { until } from "../../kit/until.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, refused, type Subject } from "./subject.js";

const NOBODY = memberId(0xdeadbeefn);
/** Nobody listens there: the learners of these cases never come up. */
const url = (s: Subject, salt: string): string => {
  const hash = [...`${s.prefix}${salt}`].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 20_000, 0);
  return `http://127.0.0.1:${40_000 + hash}`;
};
const list = async (s: Subject) => (await s.api.memberList({}, { linearizable: true })).members;
const clustered = (title: string, run: (s: Subject) => Promise<void>, since?: string): EtcdCase =>
  sentence(title, run, { needs: ["cluster"], ...(since === undefined ? {} : { since }) });

/** Members that just met are not "healthy" before five seconds: a change waits for that. */
async function patiently<T>(change: () => Promise<T>): Promise<T> {
  const outcome = await until("the cluster is healthy", async () => {
    try {
      return { value: await change() };
    } catch (error) {
      return error instanceof EtcdError && error.code === "unhealthy" ? undefined : { error };
    }
  });
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
/** What may be said twice: a leader that loses its office takes unanswered proposals with it, and nobody can say whether they hold. */
async function again<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof EtcdError && error.code.startsWith("timeout")) return change();
    throw error;
  }
}
async function withLearner(s: Subject, run: (id: MemberId, peerUrl: string) => Promise<void>): Promise<void> {
  const peerUrl = url(s, "learner");
  const { member } = await patiently(() => s.api.memberAdd({}, { peerUrls: [peerUrl], isLearner: true }));
  try {
    await run(member.id, peerUrl);
  } finally {
    await patiently(() => s.api.memberRemove({}, member.id)).catch(() => {});
  }
}

export const CLUSTER_CASES: readonly EtcdCase[] = [
  clustered("the members are listed with id, name, peer and client addresses", async (s) => {
    for (const m of await list(s)) {
      expect(m.id).not.toBe(0n);
      expect(m.name).not.toBe("");
      expect(m.peerUrls.length).toBeGreaterThan(0);
      expect(m.clientUrls.length).toBeGreaterThan(0);
      expect(m.isLearner).toBe(false);
    }
  }),
  clustered("the answering member is one of those listed", async (s) => {
    const { header, members } = await s.api.memberList({}, { linearizable: true });
    expect(members.map((m) => m.id)).toContain(header.memberId);
  }),
  clustered("a list of members says nothing of the revision", async (s) => {
    await s.put("a");
    expect((await s.api.memberList({}, { linearizable: true })).header.revision).toBe(0);
  }),
  clustered("the list is the same when any member may answer from what it has", async (s) => {
    const here = await s.api.memberList({}, { linearizable: false });
    expect(here.members.map((m) => m.id)).toEqual((await list(s)).map((m) => m.id));
  }),
  clustered("a learner is added, listed and removed", async (s) => {
    const before = (await list(s)).length;
    await withLearner(s, async (id, peerUrl) => {
      const learner = present((await list(s)).find((m) => m.id === id));
      expect(learner).toMatchObject({ isLearner: true, name: "", peerUrls: [peerUrl], clientUrls: [] });
    });
    expect(await list(s)).toHaveLength(before);
  }),
  clustered("one learner is all that a cluster takes at a time", async (s) => {
    await withLearner(s, async () => {
      await refused("tooManyLearners", s.api.memberAdd({}, { peerUrls: [url(s, "second")], isLearner: true }));
    });
  }),
  clustered("a learner that has nothing cannot be promoted", async (s) => {
    await withLearner(s, (id) => refused("learnerNotReady", s.api.memberPromote({}, id)));
  }),
  clustered("a voter cannot be promoted", async (s) => {
    const [first] = await list(s);
    await refused("notLearner", s.api.memberPromote({}, present(first).id));
  }),
  // etcd 3.4 makes the learner a voter by this.
  clustered(
    "a member's peer address can be changed, and it stays what it was",
    async (s) => {
      await withLearner(s, async (id) => {
        const moved = url(s, "moved");
        await again(() => s.api.memberUpdate({}, { id, peerUrls: [moved] }));
        expect(present((await list(s)).find((m) => m.id === id))).toMatchObject({ peerUrls: [moved], isLearner: true });
      });
    },
    "3.5",
  ),
  clustered("a peer address that a member has is refused", async (s) => {
    const [first] = await list(s);
    await refused(
      "peerUrlExists",
      patiently(() => s.api.memberAdd({}, { peerUrls: present(first).peerUrls, isLearner: true })),
    );
  }),
  clustered("peer addresses that are none are refused", async (s) => {
    await refused("memberBadUrls", s.api.memberAdd({}, { peerUrls: ["not an address"], isLearner: true }));
    await refused("memberBadUrls", s.api.memberAdd({}, { peerUrls: [], isLearner: true }));
    await refused("memberBadUrls", s.api.memberAdd({}, { peerUrls: ["http://no-port"], isLearner: true }));
    await refused("memberBadUrls", s.api.memberAdd({}, { peerUrls: ["http://127.0.0.1:1/path"], isLearner: true }));
  }),
  clustered("nobody's id cannot be removed, updated or promoted", async (s) => {
    await refused("memberNotFound", s.api.memberRemove({}, NOBODY));
    await refused("memberNotFound", s.api.memberUpdate({}, { id: NOBODY, peerUrls: [url(s, "x")] }));
    await refused("memberNotFound", s.api.memberPromote({}, NOBODY));
  }),
  clustered("an id that was removed stays removed", async (s) => {
    const ids: MemberId[] = [];
    await withLearner(s, async (id) => void ids.push(id));
    await refused("memberNotFound", s.api.memberRemove({}, present(ids[0])));
  }),
];
