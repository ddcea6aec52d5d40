import type { RulesTable } from "../types.js";
import { EVENT, LEGACY_EVENT } from "./event.js";

export const EVENTS: RulesTable = { "/Event": LEGACY_EVENT, "events.k8s.io/Event": EVENT };
