export { RemoteEtcd, type RemoteOptions } from "./client.js";
export { RemoteError, type RemoteTls } from "./connection.js";
