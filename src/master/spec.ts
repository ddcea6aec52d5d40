export { type ClusterSpec, DEFAULT_STORE, type MasterSpec, type StoreSettings } from "./cluster/index.js";
