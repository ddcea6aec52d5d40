export { type ApiServerOptions, type RunningApiServer, startApiServer } from "./start.js";
