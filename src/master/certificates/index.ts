export { type Issued, issue, type LeafRequest, makeCa, type Subject, selfSigned } from "./certificate.js";
export { revokedSerials } from "./revocation.js";
