/** Kubernetes: operations of one JSON patch. */
export const OPERATIONS_MAX = 10_000;
/** Kubernetes: bytes that the copies of one JSON patch may add. */
export const COPIED_BYTES_MAX = 3 * 1024 * 1024;
/** Kubernetes: problems of strict decoding that are named. */
export const PROBLEMS_MAX = 100;
/** Kubernetes: owners by update of one object; older ones become one. */
export const UPDATE_MANAGERS_MAX = 10;
/** Kubernetes: keys and values of all annotations of an object. */
export const ANNOTATIONS_BYTES_MAX = 256 * 1024;
