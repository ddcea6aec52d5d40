export { Aggregator, type AggregatorParts } from "./aggregator.js";
export type { FrontProxyTls } from "./outgoing.js";
export { aggregatorParts } from "./parts.js";
