export { Backoff } from "./backoff.js";
export { RESOURCES } from "./builtin.js";
export { type ElectionOptions, type Lease, LeaseElection } from "./election.js";
export {
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isTooManyRequests,
  reasonOf,
} from "./errors.js";
export {
  CoreEventRecorder,
  type EventRecorder,
  type GroupEventRecorder,
  type RecorderOptions,
  SeriesEventRecorder,
} from "./events/recorder.js";
export { type ObjectReference, referenceTo } from "./events/types.js";
export { InformerFactory, type InformerFactoryOptions, type InformerScope } from "./factory.js";
export { type HttpsOptions, httpsTransport } from "./https.js";
export { byControllerUid, byOwnerUid, Indexer, type IndexFunction } from "./indexer.js";
export { type Handlers, Informer, type InformerOptions, type Lister } from "./informer.js";
export { fromKubeconfig, inClusterConfig, KubeconfigError, readKubeconfig } from "./kubeconfig.js";
export {
  type LoopbackHandle,
  type LoopbackRequest,
  type LoopbackResponse,
  type LoopbackUser,
  loopbackTransport,
  loopbackUser,
  serviceAccountUser,
} from "./loopback.js";
export {
  type ApiObject,
  controllerOf,
  deepFreeze,
  keyOf,
  type Meta,
  type ObjectToSend,
  type Resource,
  resource,
  splitKey,
} from "./objects.js";
export { Reflector, type ReflectorOptions, type ReflectorStore } from "./reflector.js";
export {
  type DeleteOptions,
  type ListOf,
  type ListOptions,
  type PatchOptions,
  ResourceClient,
  type Selection,
  type WatchOptions,
  type WriteOptions,
} from "./resource-client.js";
export { FENCE_HEADER, type Fence, pause, type Query, RestClient, type RestClientOptions, type RestRequest } from "./rest.js";
export { microTimeText, msOf, timeText } from "./times.js";
export { type Transport, TransportError, type TransportRequest, type TransportResponse } from "./transport.js";
export type { WatchEvent } from "./watch.js";
export { runWorkers, WorkQueue, type WorkQueueOptions } from "./work-queue.js";
