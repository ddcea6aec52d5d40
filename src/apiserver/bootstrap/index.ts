export { type BootstrapFacts, bootstrap } from "./bootstrap.js";
