import type { RulesTable } from "../types.js";
import { HORIZONTAL_POD_AUTOSCALER } from "./horizontal-pod-autoscaler.js";

export const AUTOSCALING: RulesTable = { "autoscaling/HorizontalPodAutoscaler": HORIZONTAL_POD_AUTOSCALER };
