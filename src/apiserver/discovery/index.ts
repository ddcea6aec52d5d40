export { aggregated, groupList, resourceList } from "./documents.js";
export { Discovery } from "./handler.js";
