import { type ApiObject, RESOURCES } from "../../kube/client/index.js";
import type { ControllerRow } from "../framework/types.js";
import { SetController } from "../replicaset/reconcile.js";
import type { PodTemplate, ReplicaSet, ReplicaSetStatus } from "../shared/types.js";

interface ReplicationController extends ApiObject {
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: Readonly<Record<string, string>>;
    readonly template?: PodTemplate;
  };
  readonly status?: ReplicaSetStatus;
}

const VIEWS = new WeakMap<ReplicationController, ReplicaSet>();
/** A replication controller as a replica set; one view an object, so that its selector is parsed once. */
export function asReplicaSet(rc: ReplicationController): ReplicaSet {
  const known = VIEWS.get(rc);
  if (known !== undefined) return known;
  const { replicas = 1, selector = {}, template = { spec: { containers: [] } }, ...rest } = rc.spec;
  const view = { ...rc, spec: { ...rest, replicas, selector: { matchLabels: selector }, template } } as ReplicaSet;
  VIEWS.set(rc, view);
  return view;
}

export const replicationControllerRow: ControllerRow = {
  name: "replicationcontroller",
  account: "replication-controller",
  workers: 5,
  reads: [RESOURCES.replicationControllers, RESOURCES.pods],
  create: (context) =>
    new SetController<ReplicationController>(context, {
      resource: RESOURCES.replicationControllers,
      countsTerminating: false,
      view: asReplicaSet,
    }),
};
