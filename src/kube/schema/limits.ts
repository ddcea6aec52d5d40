/** Levels of nesting in a JSON or YAML document. Kubernetes takes 10,000; ours is what every recursive walk over a decoded object can
 *  follow on the smallest stack. */
export const NESTING_MAX = 1_000;
/** Levels of messages in protobuf: JSONSchemaProps is the only type within itself. */
export const MESSAGE_NESTING_MAX = 200;
/** Problems of strict decoding that are kept; the rest is silently dropped. Source: sigs.k8s.io/json. */
export const PROBLEMS_MAX = 100;
/** Nodes that all aliases of a YAML document may expand to together: an anchor that names itself ten times a level is a gigabyte in nine lines. */
export const YAML_NODES_MAX = 100_000;
