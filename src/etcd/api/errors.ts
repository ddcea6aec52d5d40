/** gRPC status codes by name. */
export const GRPC = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;
export type GrpcCode = (typeof GRPC)[keyof typeof GRPC];

const row = (grpc: GrpcCode, text: string) => ({ grpc, text });
const of = (grpc: GrpcCode, text: string) => row(grpc, `etcdserver: ${text}`);
const { invalidArgument, outOfRange, resourceExhausted, notFound, failedPrecondition, permissionDenied, unavailable, unknown } = GRPC;

/** Every error that a client can see: code and exact text, which clients compare. Source: etcd api/v3rpc/rpctypes/error.go. */
export const ETCD_ERRORS = {
  emptyKey: of(invalidArgument, "key is not provided"),
  keyNotFound: of(invalidArgument, "key not found"),
  valueProvided: of(invalidArgument, "value is provided"),
  leaseProvided: of(invalidArgument, "lease is provided"),
  tooManyOps: of(invalidArgument, "too many operations in txn request"),
  duplicateKey: of(invalidArgument, "duplicate key given in txn request"),
  invalidClientApiVersion: of(invalidArgument, "invalid client api version"),
  invalidSortOption: of(invalidArgument, "invalid sort option"),
  memberBadUrls: of(invalidArgument, "given member URLs are invalid"),
  requestTooLarge: of(invalidArgument, "request is too large"),
  userEmpty: of(invalidArgument, "user name is empty"),
  roleEmpty: of(invalidArgument, "role name is empty"),
  authFailed: of(invalidArgument, "authentication failed, invalid user ID or password"),
  permissionNotGiven: of(invalidArgument, "permission not given"),
  invalidAuthManagement: of(invalidArgument, "invalid auth management"),
  authOldRevision: of(invalidArgument, "revision of auth store is old"),
  wrongDowngradeVersion: of(invalidArgument, "wrong downgrade target version format"),
  invalidDowngradeTarget: of(invalidArgument, "invalid downgrade target version"),
  compacted: of(outOfRange, "mvcc: required revision has been compacted"),
  futureRevision: of(outOfRange, "mvcc: required revision is a future revision"),
  leaseTtlTooLarge: of(outOfRange, "too large lease TTL"),
  noSpace: of(resourceExhausted, "mvcc: database space exceeded"),
  leaseNotFound: of(notFound, "requested lease not found"),
  memberNotFound: of(notFound, "member not found"),
  leaseExists: of(failedPrecondition, "lease already exists"),
  memberExists: of(failedPrecondition, "member ID already exist"),
  peerUrlExists: of(failedPrecondition, "Peer URLs already exists"),
  /** Unknown on etcd's wire: it returns the client-side value, which carries no status. */
  notEnoughStarted: of(unknown, "re-configuration failed due to not enough started members"),
  tooManyRequests: of(unknown, "too many requests"),
  notLearner: of(failedPrecondition, "can only promote a learner member"),
  learnerNotReady: of(failedPrecondition, "can only promote a learner member which is in sync with leader"),
  tooManyLearners: of(failedPrecondition, "too many learner members in cluster"),
  clusterIdMismatch: of(failedPrecondition, "cluster ID mismatch"),
  rootUserNotExist: of(failedPrecondition, "root user does not exist"),
  rootRoleNotExist: of(failedPrecondition, "root user does not have root role"),
  userExists: of(failedPrecondition, "user name already exists"),
  userNotFound: of(failedPrecondition, "user name not found"),
  roleExists: of(failedPrecondition, "role name already exists"),
  roleNotFound: of(failedPrecondition, "role name not found"),
  roleNotGranted: of(failedPrecondition, "role is not granted to the user"),
  permissionNotGranted: of(failedPrecondition, "permission is not granted to the role"),
  authNotEnabled: of(failedPrecondition, "authentication is not enabled"),
  notLeader: of(failedPrecondition, "not leader"),
  notCapable: of(failedPrecondition, "not capable"),
  notForLearner: of(failedPrecondition, "rpc not supported for learner"),
  badLeaderTransferee: of(failedPrecondition, "bad leader transferee"),
  noClusterVersion: of(failedPrecondition, "cluster version not found during downgrade"),
  downgradeInProgress: of(failedPrecondition, "cluster has a downgrade job in progress"),
  noDowngrade: of(failedPrecondition, "no inflight downgrade job"),
  permissionDenied: of(permissionDenied, "permission denied"),
  invalidAuthToken: of(GRPC.unauthenticated, "invalid auth token"),
  /** Unknown on etcd's wire: these two have no status of their own. */
  noPasswordUser: row(unknown, "auth: authentication failed, password was given for no password user"),
  verifyOnly: row(unknown, "auth: token signing attempted with verify-only key"),
  corrupt: of(GRPC.dataLoss, "corrupt cluster"),
  watchCanceled: of(GRPC.cancelled, "watch canceled"),
  requestCanceled: of(GRPC.cancelled, "request canceled"),
  contextDeadline: row(GRPC.deadlineExceeded, "context deadline exceeded"),
  noLeader: of(unavailable, "no leader"),
  leaderChanged: of(unavailable, "leader changed"),
  stopped: of(unavailable, "server stopped"),
  timeout: of(unavailable, "request timed out"),
  timeoutLeaderFail: of(unavailable, "request timed out, possibly due to previous leader failure"),
  timeoutConnectionLost: of(unavailable, "request timed out, possibly due to connection lost"),
  timeoutAppliedIndex: of(unavailable, "request timed out, waiting for the applied index took too long"),
  timeoutLeaderTransfer: of(unknown, "request timed out, leader transfer took too long"),
  unhealthy: of(unavailable, "unhealthy cluster"),
  electionNoLeader: row(unknown, "election: no leader"),
  electionNotLeader: row(unknown, "election: not leader"),
  electionMissingLeaderKey: row(unknown, '"leader" field must be provided'),
  streamSortUnsupported: row(GRPC.unimplemented, "RangeStream does not support custom sort orders"),
  streamFilterUnsupported: row(GRPC.unimplemented, "RangeStream does not support revision filters"),
} as const satisfies Record<string, { readonly grpc: GrpcCode; readonly text: string }>;

export type EtcdCode = keyof typeof ETCD_ERRORS;

/** An operating error with a stable code; its message is the wire's exact text. */
export class EtcdError extends Error {
  override readonly name = "EtcdError";
  readonly code: EtcdCode;
  constructor(code: EtcdCode, options?: ErrorOptions) {
    super(ETCD_ERRORS[code].text, options);
    this.code = code;
  }
  get grpc(): GrpcCode {
    return ETCD_ERRORS[this.code].grpc;
  }
}

const BY_TEXT: ReadonlyMap<string, EtcdCode> = new Map(
  (Object.keys(ETCD_ERRORS) as EtcdCode[]).map((code) => [ETCD_ERRORS[code].text, code]),
);
/** The code behind a text that a remote server sent; undefined for a text that is not in the table. */
export const etcdCodeOf = (text: string): EtcdCode | undefined => BY_TEXT.get(text);
