export type * from "./auth-api.js";
export type { EtcdCode, GrpcCode } from "./errors.js";
export { ETCD_ERRORS, EtcdError, etcdCodeOf, GRPC } from "./errors.js";
export type { EtcdApi } from "./etcd-api.js";
export { prefixEnd, putRequest, rangeRequest } from "./requests.js";
export type * from "./types.js";
