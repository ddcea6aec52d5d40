import type { ApiObject } from "../../kube/client/index.js";
import type { Condition, IntOrString, PodTemplate, Selector } from "../shared/types.js";

type Retention = "Retain" | "Delete";
export interface ClaimTemplate {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}
export interface StatefulSetStatus {
  readonly observedGeneration?: number;
  readonly replicas: number;
  readonly readyReplicas?: number;
  readonly currentReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly collisionCount?: number;
  readonly conditions?: readonly Condition[];
}
export interface StatefulSet extends ApiObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: Selector;
    readonly template: PodTemplate;
    readonly volumeClaimTemplates?: readonly ClaimTemplate[];
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly updateStrategy: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number; readonly maxUnavailable?: IntOrString };
    };
    readonly revisionHistoryLimit?: number;
    readonly minReadySeconds?: number;
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: Retention; readonly whenScaled?: Retention };
    readonly ordinals?: { readonly start?: number };
  };
  readonly status?: StatefulSetStatus;
}
export interface Claim extends ApiObject {
  readonly spec?: object;
}
