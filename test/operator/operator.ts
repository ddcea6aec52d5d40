import {
  type ApiObject,
  CoreEventRecorder,
  controllerOf,
  createNodeClock,
  createNodeLog,
  createNodeRandom,
  InformerFactory,
  keyOf,
  RESOURCES,
  type RestClient,
  runWorkers,
  WorkQueue,
} from "../../src/master/client.js";
import { GROUP, WEB_SITES, type WebSite, type WebSiteStatus } from "./definition.js";

const FINALIZER = `${GROUP}/names`;
const MANAGER = "website-operator";
type Deployment = ApiObject & { readonly status?: { readonly readyReplicas?: number } };

/** Something outside of the cluster that must be undone before a site is gone: here, names in somebody's DNS. */
export interface Names {
  publish(name: string): Promise<void>;
  withdraw(name: string): Promise<void>;
}
export interface RunningOperator {
  stop(): Promise<void>;
}

/** Keeps a deployment for each web site, says how it is, and takes its name back when it goes. */
export function startOperator({ client, names }: { readonly client: RestClient; readonly names: Names }): RunningOperator {
  const common = { client, clock: createNodeClock(), random: createNodeRandom(), log: createNodeLog({ level: "warn" }) };
  const informers = new InformerFactory(common);
  const sites = informers.of<WebSite>(WEB_SITES);
  const deployments = informers.of<Deployment>(RESOURCES.deployments);
  const events = new CoreEventRecorder({ ...common, component: MANAGER });
  const queue = new WorkQueue({ clock: common.clock });

  // Handlers only say what to look at; what is true then is read when it is looked at.
  const enqueue = (site: WebSite): void => queue.add(keyOf(site));
  const owner = (deployment: Deployment): void => {
    const of = controllerOf(deployment);
    if (of?.kind === WEB_SITES.kind) queue.add(`${deployment.metadata.namespace}/${of.name}`);
  };
  sites.addHandlers({ add: enqueue, update: (_, now) => enqueue(now) });
  deployments.addHandlers({ add: owner, update: (_, now) => owner(now), delete: owner });
  informers.start();

  const reconcile = async (key: string): Promise<void> => {
    const site = sites.lister.get(key);
    if (site === undefined) return;
    if (site.metadata.deletionTimestamp !== undefined) return goodbye(site);
    if (!finalizersOf(site).includes(FINALIZER)) {
      await setFinalizers(site, [...finalizersOf(site), FINALIZER]);
      await names.publish(site.metadata.name);
      events.event(site, "Normal", "Published", `Name ${site.metadata.name} is published`);
    }
    await client
      .resource<Deployment>(RESOURCES.deployments, site.metadata.namespace)
      .patch(site.metadata.name, "apply", deploymentOf(site), { fieldManager: MANAGER, force: true });
    await tell(site, statusOf(site, deployments.lister.get(key)));
  };
  const goodbye = async (site: WebSite): Promise<void> => {
    if (!finalizersOf(site).includes(FINALIZER)) return;
    await names.withdraw(site.metadata.name);
    events.event(site, "Normal", "Withdrawn", `Name ${site.metadata.name} is withdrawn`);
    const others = finalizersOf(site).filter((f) => f !== FINALIZER);
    await setFinalizers(site, others);
  };
  const setFinalizers = async (site: WebSite, finalizers: readonly string[]): Promise<void> => {
    const { name, resourceVersion } = site.metadata;
    // With the version: somebody else's finalizer that came meanwhile is not lost.
    await of(site).patch(name, "merge", { metadata: { finalizers, resourceVersion } });
  };
  const tell = async (site: WebSite, status: WebSiteStatus): Promise<void> => {
    if (JSON.stringify(site.status) === JSON.stringify(status)) return;
    if (status.phase === "Serving" && site.status?.phase !== "Serving") events.event(site, "Normal", "Serving", "All replicas are ready");
    await of(site).patch(site.metadata.name, "merge", { status }, { subresource: "status" });
  };
  const of = (site: WebSite) => client.resource<WebSite>(WEB_SITES, site.metadata.namespace);

  const workers = informers
    .synced()
    .then(() => runWorkers(queue, 2, reconcile, (key, error) => common.log.warn("tried again later", { key, why: String(error) })));
  return {
    stop: async () => {
      queue.stop();
      await Promise.all([informers.stop(), events.stop(), workers]);
    },
  };
}

const finalizersOf = (site: WebSite): readonly string[] => site.metadata.finalizers ?? [];
const statusOf = (site: WebSite, deployment: Deployment | undefined): WebSiteStatus => {
  const readyReplicas = deployment?.status?.readyReplicas ?? 0;
  const phase = readyReplicas >= site.spec.replicas ? "Serving" : "Starting";
  return { observedGeneration: site.metadata.generation ?? 0, phase, readyReplicas };
};
/** Only what the operator decides: what others set of the deployment stays theirs. */
function deploymentOf({ metadata: { name, namespace, uid }, spec: { image, replicas } }: WebSite): object {
  const labels = { site: name };
  const owner = { apiVersion: `${GROUP}/v1`, kind: WEB_SITES.kind, name, uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, ownerReferences: [owner] },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
    },
  };
}
