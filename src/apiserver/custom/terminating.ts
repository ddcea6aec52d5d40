import { forbidden } from "../../kube/meta/index.js";
import type { AdmissionPlugin } from "../admission/index.js";
import type { Definitions } from "./follower.js";

/** Nothing is made of a kind whose definition goes away. */
export const terminatingKinds = (definitions: Definitions): AdmissionPlugin => ({
  name: "CustomResourceTerminating",
  admit: ({ operation, row: { group, resource }, name }) => {
    if (operation !== "CREATE" || !definitions.isTerminating(group, resource)) return;
    throw forbidden({ group, resource }, name, "create not allowed while custom resource definition is terminating");
  },
});
