import { controllerOf, type Informer, isConflict, isNotFound, keyOf, RESOURCES, splitKey } from "../../kube/client/index.js";
import { Expectations } from "../framework/expectations.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { claim } from "../shared/claim.js";
import { ifGone } from "../shared/gone.js";
import { candidatesOf, indexOwners, ownerIn } from "../shared/indexes.js";
import { PodControl } from "../shared/pod-control.js";
import { selects } from "../shared/pods.js";
import { isJsonEqual } from "../shared/same.js";
import type { Container, Pod, PodTemplate } from "../shared/types.js";
import { type Create, isTracked, plan } from "./plan.js";
import { finishedCondition, INDEX, INDEX_FAILURES, type Job, MANAGER, TRACKING } from "./types.js";

export const jobRow: ControllerRow = {
  name: "job",
  account: "job-controller",
  workers: 5,
  reads: [RESOURCES.jobs, RESOURCES.pods],
  create: (context) => new JobController(context),
};

/** Keys of pods that lost their job and keep its finalizer. */
const ORPHAN = "orphan pod ";

class JobController implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #expected: Expectations;
  readonly #control: PodControl;

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#jobs = context.informers.of<Job>(RESOURCES.jobs);
    this.#pods = indexOwners(context.informers.of<Pod>(RESOURCES.pods));
    this.#expected = new Expectations(context.clock);
    this.#control = new PodControl(context, this.#expected);
    this.watches = [
      watching(this.#jobs, (job, { kind }) => {
        if (kind !== "delete") return [keyOf(job)];
        this.#expected.forget(keyOf(job));
        return this.#pods.lister
          .by("controller", job.metadata.uid)
          .filter(isTracked)
          .map((p) => ORPHAN + keyOf(p));
      }),
      watching(this.#pods, (pod, { kind, old }) => this.#podChanged(pod, kind, old)),
    ];
  }
  #podChanged(pod: Pod, kind: "add" | "update" | "delete", old: Pod | undefined): readonly string[] {
    const job = ownerIn(this.#jobs, "Job", pod);
    const reference = controllerOf(pod);
    if (job === undefined) {
      const wasOurs = reference?.kind === "Job" || (reference === undefined && old !== undefined && controllerOf(old)?.kind === "Job");
      if (kind !== "delete" && isTracked(pod) && (wasOurs || reference === undefined)) return [ORPHAN + keyOf(pod)];
      return reference === undefined ? this.#selecting(pod) : [];
    }
    const key = keyOf(job);
    this.#control.seen(key, pod, { kind, old });
    return [key];
  }
  #selecting(pod: Pod): readonly string[] {
    const jobs = this.#jobs.lister.inNamespace(pod.metadata.namespace ?? "");
    return jobs.filter((j) => finishedCondition(j) === undefined && selects(j.spec.selector, pod.metadata.labels)).map(keyOf);
  }

  async reconcile(key: string): Promise<number | undefined> {
    if (key.startsWith(ORPHAN)) return this.#releaseOrphan(key.slice(ORPHAN.length));
    const job = this.#jobs.lister.get(key);
    if (job === undefined || finishedCondition(job) !== undefined) return undefined;
    if (job.spec.managedBy !== undefined && job.spec.managedBy !== MANAGER) return undefined;
    const mayAct = this.#expected.satisfied(key);
    const pods = await claim<Pod>({
      client: this.#x.client,
      owner: job,
      ownerResource: RESOURCES.jobs,
      resource: RESOURCES.pods,
      candidates: candidatesOf(this.#pods, job),
      matches: (pod) => selects(job.spec.selector, pod.metadata.labels),
      finalizer: TRACKING,
    });
    const planned = plan({ job, pods, mayAct, nowMs: this.#x.clock.wallMs() });
    if (planned.deletes.length > 0) await this.#delete(key, job, planned.deletes);
    const failed = planned.creates.length === 0 ? undefined : await this.#create(key, job, planned.creates);
    const isSame = isJsonEqual(planned.status, job.status ?? {});
    if (!isSame && failed === undefined) {
      const client = this.#x.client.resource<Job>(RESOURCES.jobs, job.metadata.namespace);
      await client.updateStatus({ ...job, status: planned.status });
      for (const { type, reason, message } of planned.events) this.#x.events.event(job, type, reason, message);
    }
    // Only what the server has counted may go.
    if (failed === undefined) await Promise.all(planned.release.map((pod) => this.#release(pod)));
    if (failed !== undefined) throw failed;
    return planned.lookMs;
  }

  #create(key: string, job: Job, creates: readonly Create[]): Promise<unknown> {
    this.#expected.expect(key, { adds: creates.length });
    const base = `${job.metadata.name}-`;
    return this.#control.create(key, job, creates.length, (i) => {
      const create = creates[i] as Create;
      return { template: templateOf(job, create), generateName: create.index === undefined ? base : `${base}${create.index}-` };
    });
  }
  async #delete(key: string, job: Job, surplus: readonly Pod[]): Promise<void> {
    this.#expected.expect(key, { deletions: surplus.map((p) => p.metadata.uid) });
    const failed = await this.#control.delete(key, job, surplus);
    if (failed !== undefined) throw failed;
  }
  async #release(pod: Pod): Promise<void> {
    const patch = { metadata: { uid: pod.metadata.uid, "$deleteFromPrimitiveList/finalizers": [TRACKING] } };
    await this.#x.client
      .resource<Pod>(RESOURCES.pods, pod.metadata.namespace)
      .patch(pod.metadata.name, "strategic", patch)
      .catch((error: unknown) => {
        // Gone, or another one under its name.
        if (!isNotFound(error) && !isConflict(error)) throw error;
      });
  }
  /** Nobody counts it any more: its finalizer would keep it for ever. */
  async #releaseOrphan(key: string): Promise<undefined> {
    const pod = this.#pods.lister.get(key);
    if (pod === undefined || !isTracked(pod)) return undefined;
    const reference = controllerOf(pod);
    if (reference?.kind === "Job") {
      const { namespace } = splitKey(key);
      const job = await this.#x.client.resource<Job>(RESOURCES.jobs, namespace).get(reference.name).catch(ifGone);
      if (job?.metadata.uid === reference.uid) return undefined;
    } else if (reference !== undefined || this.#selecting(pod).length > 0) return undefined;
    await this.#release(pod);
    return undefined;
  }
}

/** The pod of an index knows it: by an annotation, a label, its host name and a variable in each container. */
function templateOf(job: Job, { index, failures }: Create): PodTemplate {
  const { template } = job.spec;
  const finalizers = [...new Set([...(template.metadata?.finalizers ?? []), TRACKING])];
  if (index === undefined) return { ...template, metadata: { ...template.metadata, finalizers } };
  const mark = { [INDEX]: String(index) };
  const count = failures === undefined ? {} : { [INDEX_FAILURES]: String(failures) };
  const labels = { ...template.metadata?.labels, ...mark };
  const annotations = { ...template.metadata?.annotations, ...mark, ...count };
  const { containers, initContainers } = template.spec;
  return {
    ...template,
    metadata: { ...template.metadata, labels, annotations, finalizers },
    spec: {
      ...template.spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: containers.map(withIndex),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndex) }),
    },
  };
}
function withIndex(container: Container): Container {
  const env = (container as { readonly env?: readonly { readonly name: string }[] }).env ?? [];
  if (env.some((e) => e.name === "JOB_COMPLETION_INDEX")) return container;
  const variable = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } };
  return { ...container, env: [...env, variable] } as Container;
}
