import { expect, test } from "vitest";
import { keepRevision } from "../../src/controllers/shared/keep-revision.js";
import { type ControllerRevision, templateData } from "../../src/controllers/shared/revisions.js";
import type { PodTemplate } from "../../src/controllers/shared/types.js";
import type { RestClient } from "../../src/kube/client/index.js";
import { failure } from "../../src/kube/meta/index.js";
import { time } from "./objects.js";

const LABEL = "hash";
const template = (image: string): PodTemplate => ({ spec: { containers: [{ name: image }] } });
const owner = (image: string, collisionCount?: number) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "set", namespace: "ns", uid: "u", resourceVersion: "1", creationTimestamp: time(0) },
  spec: { template: template(image) },
  ...(collisionCount === undefined ? {} : { status: { collisionCount } }),
});
const kept = (image: string, revision: number): ControllerRevision => ({
  apiVersion: "apps/v1",
  kind: "ControllerRevision",
  metadata: { name: `set-${image}`, uid: image, resourceVersion: "1", creationTimestamp: time(0), labels: { [LABEL]: image } },
  data: templateData(template(image)),
  revision,
});
const TAKEN = failure("AlreadyExists", "taken", { code: 409 });

/** `taken`: what the server has under the name already. */
async function keep(
  image: string,
  given: { readonly revisions?: readonly ControllerRevision[]; readonly taken?: object; readonly collisions?: number } = {},
) {
  const wrote: unknown[] = [];
  const revisions = {
    create: async (object: ControllerRevision) => {
      if (given.taken !== undefined) throw TAKEN;
      wrote.push(["create", object.revision]);
      return object;
    },
    update: async (object: ControllerRevision) => {
      wrote.push(["update", object.metadata.name, object.revision]);
      return object;
    },
    get: async () => given.taken,
  };
  const client = { resource: () => revisions } as unknown as RestClient;
  const collided = async (count: number) => void wrote.push(["collided", count]);
  const outcome = await keepRevision(client, owner(image, given.collisions), {
    revisions: given.revisions ?? [],
    hashLabel: LABEL,
    collided,
  }).catch((error: unknown) => error as Error);
  return { wrote, outcome };
}

test("the latest content is written once", async () => {
  const { wrote, outcome } = await keep("b", { revisions: [kept("b", 2), kept("a", 1)] });
  expect(wrote).toEqual([]);
  expect(outcome).toMatchObject({ hash: "b", current: { revision: 2 }, old: [{ revision: 1 }] });
});
test("a new content is a new revision", async () => {
  const { wrote, outcome } = await keep("c", { revisions: [kept("b", 2), kept("a", 1)] });
  expect(wrote).toEqual([["create", 3]]);
  expect(outcome).toMatchObject({ current: { revision: 3 }, old: [{ revision: 1 }, { revision: 2 }] });
});
test("an older content becomes the latest again", async () => {
  const { wrote, outcome } = await keep("a", { revisions: [kept("a", 1), kept("b", 2)] });
  expect(wrote).toEqual([["update", "set-a", 3]]);
  expect(outcome).toMatchObject({ hash: "a", current: { revision: 3 }, old: [{ revision: 2 }] });
});
test("one that is there already, and not yet seen, is taken", async () => {
  const { wrote, outcome } = await keep("a", { taken: kept("a", 7) });
  expect(wrote).toEqual([]);
  expect(outcome).toMatchObject({ current: { revision: 7 } });
});
test("another content under its name is counted, and looked at again", async () => {
  const { wrote, outcome } = await keep("a", { taken: kept("b", 1), collisions: 1 });
  expect(wrote).toEqual([["collided", 2]]);
  expect(outcome).toBe(TAKEN);
});
