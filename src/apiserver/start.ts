import type { EtcdApi } from "../etcd/api/index.js";
import type { Clock, Log } from "../host/index.js";
import { actionFor } from "./actions/index.js";
import { defaultPlugins } from "./admission/index.js";
import { Aggregator, aggregatorParts } from "./aggregation/index.js";
import { type BootstrapFacts, bootstrap } from "./bootstrap/index.js";
import {
  type Authorizer,
  attributesOf,
  certificates,
  decide,
  healthPaths as healthAuthorizer,
  loopback,
  masters,
  refusal,
} from "./chain/index.js";
import { customRules, DEFINITIONS, Definitions, definitionRow, terminatingKinds } from "./custom/index.js";
import { FlowSchemaStatuses } from "./flowcontrol/index.js";
import { isHealthPath } from "./health.js";
import { type ListenAt, type Listener, type ListenerOptions, listen } from "./listener/index.js";
import { RequestMetrics } from "./metrics/index.js";
import { pathHandlers } from "./path-handlers.js";
import { policyPlugins } from "./policies/index.js";
import { escalationCheck, RbacAuthorizer } from "./rbac/index.js";
import { cachedReader, quotaCharger, Registry, randomSuffix } from "./registry/index.js";
import { builtinRows, type ResourceRow, ResourceTable } from "./resources/index.js";
import { ApiServer } from "./server.js";
import { Claims, serviceHooks } from "./services/index.js";
import { Cacher, Compactor, ObjectStore } from "./storage/index.js";
import { type NodeTls, Outgoings, streamAction } from "./streams/index.js";
import { ISSUER, ServiceAccountTokens, type TokenClaims, TokenKey } from "./tokens/index.js";
import { type Api, fieldOwnership } from "./verbs/index.js";

export interface ApiServerOptions extends BootstrapFacts {
  /** The embedded member, a remote quorum, or a real etcd. */
  readonly etcd: EtcdApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly tls: ListenerOptions["tls"];
  readonly listen: readonly ListenAt[];
  /** PEM; signs service accounts' tokens. */
  readonly tokenKey: string;
  /** With this client certificate it asks nodes for logs and streams; without it, as nobody. */
  readonly kubeletClient?: NodeTls;
}
export interface RunningApiServer {
  readonly server: ApiServer;
  readonly listeners: readonly Listener[];
  /** Resolves when reads can be answered. */
  readonly ready: Promise<void>;
  /** One more socket: the shared front, once it is free. */
  listen(at: ListenAt): Promise<Listener>;
  stop(): Promise<void>;
}

/** What the server's life is made of. */
interface Life {
  isReady: boolean;
  isStopping: boolean;
}

const RBAC_PREFIXES = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((r) => `/registry/${r}/`);
/** Grows with every change below the prefixes. */
function versionOf(cacher: Cacher, prefixes: readonly string[]): () => number {
  let version = 0;
  const grow = (): void => {
    version++;
  };
  for (const prefix of prefixes) cacher.subscribe(prefix, { change: grow, broken: grow });
  return () => version;
}

const authorizing =
  (authorizers: readonly Authorizer[]): NonNullable<Api["authorize"]> =>
  async ({ info, user }, verb) => {
    const attributes = attributesOf({ ...info, verb }, user);
    const decision = await decide(authorizers, attributes);
    if (decision.kind !== "allow") throw refusal(attributes, decision.reason);
  };

/** Puts all rooms together; nothing runs yet. */
function assemble(options: ApiServerOptions, life: Life) {
  const { etcd, clock, log } = options;
  const store = new ObjectStore(etcd, clock);
  const cacher = new Cacher(store, clock, log);
  const compactor = new Compactor(store, clock, log);
  const table = new ResourceTable(builtinRows);
  table.set(definitionRow(table.row(DEFINITIONS.group, DEFINITIONS.resource) as ResourceRow));
  const hooks = new Map([["/services", serviceHooks(new Claims(store, () => clock.wallMs()))]]);
  const registry = new Registry(store, { hooks, recent: (key) => cacher.get(key) });
  const definitions = new Definitions({ cacher, registry, table, clock, log, rules: customRules });
  const reader = cachedReader(table, cacher, store);
  const rbac = new RbacAuthorizer(reader, versionOf(cacher, RBAC_PREFIXES));
  // Probes are let in before anybody is asked: reviews do not tell of it.
  const asked = [masters, rbac];
  const authorizers = [healthAuthorizer, ...asked];
  const key = new TokenKey(options.tokenKey);
  const tokens = new ServiceAccountTokens(key, reader, () => clock.wallMs());
  const policies = policyPlugins({ reader, table, authorizers, clock });
  const admission = [
    terminatingKinds(definitions),
    ...defaultPlugins({
      reader,
      randomSuffix,
      chargeQuota: quotaCharger(table, registry, () => clock.wallMs()),
      configured: [policies.mutating, policies.validating],
    }),
    escalationCheck(rbac, authorizers),
  ];
  const api: Api = {
    table,
    registry,
    cacher,
    clock,
    log,
    admission,
    ownership: fieldOwnership,
    authorize: authorizing(authorizers),
  };
  const requests = new RequestMetrics(clock, table);
  const outgoings = new Outgoings(options.kubeletClient);
  const aggregator = new Aggregator(
    aggregatorParts({ clock, log, tls: options.kubeletClient, reader, table, cacher, send: (request) => server.handle(request) }),
  );
  const flowSchemas = new FlowSchemaStatuses({ clock, log, reader, table, cacher, send: (request) => server.handle(request) });
  const server: ApiServer = new ApiServer({
    api,
    clock,
    log,
    elsewhere: (request, info, user) => aggregator.answer(request, info, user),
    authenticators: [loopback, certificates, tokens],
    authorizers,
    begin: (request, info) => requests.begin(request, info),
    paths: pathHandlers({
      store,
      clock,
      table,
      cacher,
      requests,
      issuer: { issuer: ISSUER, address: `https://${options.advertise.ip}:${options.advertise.port}`, keys: key.jwks() },
      isReady: () => life.isReady,
      isStopping: () => life.isStopping,
      remote: aggregator,
    }),
    actions: [
      (x) => streamAction(x, { reader, authorizers, outgoings, pick: (n) => Math.floor(Math.random() * n) }),
      (x) =>
        actionFor(x, { reader, authorizers: asked, tokens, issuer: { issuer: ISSUER, sign: (claims) => key.sign(claims as TokenClaims) } }),
    ],
  });
  return { api, aggregator, flowSchemas, cacher, compactor, definitions, server };
}

/** Listens at once and answers as soon as the cache is filled; probes are answered before. */
export async function startApiServer(options: ApiServerOptions): Promise<RunningApiServer> {
  const life: Life = { isReady: false, isStopping: false };
  const { api, aggregator, flowSchemas, cacher, compactor, definitions, server } = assemble(options, life);
  const serving: ListenerOptions = {
    clock: options.clock,
    tls: options.tls,
    handle: async (request) => {
      if (!life.isReady && !isHealthPath(request.url.split("?")[0] as string)) await ready;
      return server.handle(request);
    },
  };
  compactor.start();
  const ready = cacher.start().then(async () => {
    definitions.start();
    // A master whose cluster is not complete serves nevertheless: what is missing is made at the next start, and said.
    await bootstrap(api, options).catch((error: Error) =>
      options.log.error("objects of a fresh cluster could not be made", { why: error.message }),
    );
    life.isReady = true;
    if (life.isStopping) return;
    aggregator.start();
    flowSchemas.start();
  });
  const listeners = [...(await listen(serving, options.listen))];
  return {
    server,
    listeners,
    ready,
    listen: async (at) => {
      const [more] = await listen(serving, [at]);
      listeners.push(more as Listener);
      return more as Listener;
    },
    stop: async () => {
      life.isStopping = true;
      compactor.stop();
      definitions.stop();
      aggregator.stop();
      flowSchemas.stop();
      cacher.stop();
      await Promise.all(listeners.map((l) => l.close()));
    },
  };
}
