export { documentV2, documentV3 } from "./documents.js";
export { OpenApi } from "./handler.js";
export { groupNames, groupOf, groupsOf } from "./paths.js";
export { encodeDocument } from "./protobuf.js";
