import { type ApiObject, resource } from "../../src/master/client.js";

export const GROUP = "sites.example.com";
export const WEB_SITES = resource(GROUP, "v1", "websites", "WebSite");
export interface WebSite extends ApiObject {
  readonly spec: { readonly image: string; readonly replicas: number };
  readonly status?: WebSiteStatus;
}
export interface WebSiteStatus {
  readonly observedGeneration: number;
  readonly readyReplicas: number;
  readonly phase: "Starting" | "Serving";
}

const whole = { type: "integer", minimum: 0 };
/** The kind, as `kubectl apply` would bring it. */
export const DEFINITION = {
  metadata: { name: `websites.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural: "websites", singular: "website", kind: "WebSite", shortNames: ["site"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [{ name: "Phase", type: "string", jsonPath: ".status.phase" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                required: ["image"],
                properties: { image: { type: "string" }, replicas: { ...whole, default: 1 } },
              },
              status: {
                type: "object",
                properties: { observedGeneration: whole, readyReplicas: whole, phase: { type: "string" } },
              },
            },
          },
        },
      },
    ],
  },
};

/** All that the operator may do. */
export const RULES = [
  { apiGroups: [GROUP], resources: ["websites"], verbs: ["get", "list", "watch", "patch"] },
  { apiGroups: [GROUP], resources: ["websites/status"], verbs: ["patch"] },
  { apiGroups: [GROUP], resources: ["websites/finalizers"], verbs: ["update"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch", "create", "patch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];
