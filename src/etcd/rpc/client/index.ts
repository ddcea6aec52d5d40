export { RemoteEtcd } from "./client.js";
export { RemoteError } from "./connection.js";
