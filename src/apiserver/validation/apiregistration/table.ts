import type { RulesTable } from "../types.js";
import { apiService } from "./api-service.js";

export const APIREGISTRATION: RulesTable = { "apiregistration.k8s.io/APIService": apiService };
