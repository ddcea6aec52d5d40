import type { KubeObject } from "../../kube/meta/index.js";

/** What the scheduler reads of objects, as the apiserver validated them; nothing here is checked again. */
export type Labels = Readonly<Record<string, string>>;
export type ResourceList = Readonly<Record<string, string>>;
export interface SelectorShape {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}
export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values?: readonly string[];
}
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  readonly matchFields?: readonly NodeSelectorRequirement[];
}
export interface NodeSelectorShape {
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
}
export interface PodAffinityTermShape {
  readonly topologyKey: string;
  readonly labelSelector?: SelectorShape;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: SelectorShape;
}
export interface PodAffinityShape {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTermShape[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number;
    readonly podAffinityTerm: PodAffinityTermShape;
  }[];
}
export interface ContainerShape {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  readonly ports?: readonly { readonly hostPort?: number; readonly hostIP?: string; readonly protocol?: string }[];
}
export interface TolerationShape {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}
export interface TaintShape {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}
export interface SpreadShape {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
  readonly labelSelector?: SelectorShape;
  readonly minDomains?: number;
  readonly matchLabelKeys?: readonly string[];
  readonly nodeAffinityPolicy?: "Honor" | "Ignore";
  readonly nodeTaintsPolicy?: "Honor" | "Ignore";
}
export interface VolumeShape {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
  readonly ephemeral?: object;
  readonly image?: { readonly reference?: string };
  readonly [source: string]: unknown;
}
export interface PodSpecShape {
  readonly nodeName?: string;
  readonly schedulerName?: string;
  readonly priority?: number;
  readonly preemptionPolicy?: string;
  readonly nodeSelector?: Labels;
  readonly hostNetwork?: boolean;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelectorShape;
      readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
        readonly weight: number;
        readonly preference: NodeSelectorTerm;
      }[];
    };
    readonly podAffinity?: PodAffinityShape;
    readonly podAntiAffinity?: PodAffinityShape;
  };
  readonly tolerations?: readonly TolerationShape[];
  readonly topologySpreadConstraints?: readonly SpreadShape[];
  readonly containers?: readonly ContainerShape[];
  readonly initContainers?: readonly ContainerShape[];
  readonly overhead?: ResourceList;
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  readonly volumes?: readonly VolumeShape[];
  readonly schedulingGates?: readonly { readonly name: string }[];
  readonly resourceClaims?: readonly object[];
}
export interface ContainerStatusShape {
  readonly name: string;
  readonly resources?: { readonly requests?: ResourceList };
  readonly allocatedResources?: ResourceList;
}
export interface ConditionShape {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
export interface PodStatusShape {
  readonly phase?: string;
  readonly nominatedNodeName?: string;
  readonly startTime?: string;
  readonly conditions?: readonly ConditionShape[];
  readonly containerStatuses?: readonly ContainerStatusShape[];
  readonly initContainerStatuses?: readonly ContainerStatusShape[];
}
export interface NodeShape {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly TaintShape[] };
  readonly status?: {
    readonly allocatable?: ResourceList;
    readonly capacity?: ResourceList;
    readonly images?: readonly { readonly names?: readonly string[]; readonly sizeBytes?: number | bigint }[];
  };
}
export interface BudgetShape {
  readonly spec?: { readonly selector?: SelectorShape };
  readonly status?: { readonly disruptionsAllowed?: number; readonly disruptedPods?: Readonly<Record<string, string>> };
}

export const podSpec = (object: KubeObject): PodSpecShape => (object["spec"] ?? {}) as unknown as PodSpecShape;
export const podStatus = (object: KubeObject): PodStatusShape => (object["status"] ?? {}) as unknown as PodStatusShape;
