export { aggregated, groupList, type RemoteGroup, type RemoteResource, resourceList } from "./documents.js";
export { Discovery, type RemoteGroups } from "./handler.js";
