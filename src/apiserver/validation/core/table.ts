import type { RulesTable } from "../types.js";
import { SERVICE } from "./service.js";

export const CORE: RulesTable = {
  "/Service": SERVICE,
};
