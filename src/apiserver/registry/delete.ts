import { type KubeObject, notFound } from "../../kube/meta/index.js";
import type { DeleteOptions } from "../resources/index.js";
import { atRevision, type Stored } from "../storage/index.js";
import { planDeletion } from "./deletion.js";
import { storedObjects, writeOptions } from "./objects.js";
import { type Admit, groupResource, type Lost, type Registry } from "./registry.js";
import type { Deleted, Target, Writer } from "./types.js";

/** Deletes one object, or marks it; repeated when somebody else changed it in between. */
export async function deleteObject(
  registry: Registry,
  target: Target,
  options: DeleteOptions,
  writer: Writer,
  admit: Admit,
): Promise<Deleted> {
  return registry.onStored<Deleted>(target, async (found) => {
    if (!found) throw notFound(groupResource(target), target.name);
    return deleteOnce(registry, target, found, options, writer, admit);
  });
}

type Once = Deleted | Lost;

async function deleteOnce(
  registry: Registry,
  target: Target,
  found: Stored,
  options: DeleteOptions,
  writer: Writer,
  admit: Admit,
): Promise<Once> {
  const old = registry.decode(target, found);
  const plan = planDeletion(target, old, options, writer.nowMs);
  if (plan.kind === "pending") return { kind: "pending", object: old };
  await admit({ operation: "DELETE", object: undefined, old });
  if (plan.kind === "mark") return mark(registry, target, found, plan.object, writer);
  if (writer.dryRun) return { kind: "gone", object: plan.object };
  const written = await registry.store.delete(found.key, found.revision, writeOptions(target, writer));
  if (written.kind === "ok") await registry.hooksOf(target)?.afterDelete?.(old);
  return written.kind === "lost" ? written : { kind: "gone", object: atRevision(plan.object, written.revision) };
}

async function mark(registry: Registry, target: Target, found: Stored, object: KubeObject, writer: Writer): Promise<Once> {
  if (writer.dryRun) return { kind: "pending", object };
  const value = storedObjects(target.row).encode(object);
  if (Buffer.compare(value, found.value) === 0) return { kind: "pending", object };
  const written = await registry.store.update(found.key, found.revision, value, writeOptions(target, writer));
  return written.kind === "lost" ? written : { kind: "pending", object: atRevision(object, written.revision) };
}
