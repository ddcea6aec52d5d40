import type { EtcdApi } from "../etcd/api/index.js";
import type { Clock, Log } from "../host/index.js";
import { actionFor } from "./actions/index.js";
import { defaultPlugins } from "./admission/index.js";
import { type BootstrapFacts, bootstrap } from "./bootstrap/index.js";
import { attributesOf, certificates, decide, healthPaths as healthAuthorizer, loopback, masters, refusal } from "./chain/index.js";
import { Discovery } from "./discovery/index.js";
import { type ListenAt, type Listener, type ListenerOptions, listen } from "./listener.js";
import { OpenApi } from "./openapi/index.js";
import { healthPaths, versionPath } from "./paths.js";
import { escalationCheck, RbacAuthorizer } from "./rbac/index.js";
import { cachedReader, quotaCharger, Registry, randomSuffix } from "./registry/index.js";
import { builtinRows, ResourceTable } from "./resources/index.js";
import { ApiServer } from "./server.js";
import { Claims, serviceHooks } from "./services/index.js";
import { Cacher, ObjectStore } from "./storage/index.js";
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

/** Listens at once and answers as soon as the cache is filled. */
export async function startApiServer(options: ApiServerOptions): Promise<RunningApiServer> {
  const { etcd, clock, log } = options;
  const store = new ObjectStore(etcd, clock);
  const cacher = new Cacher(store, clock, log);
  const table = new ResourceTable(builtinRows);
  const hooks = new Map([["/services", serviceHooks(new Claims(store, () => clock.wallMs()))]]);
  const registry = new Registry(store, hooks);
  const reader = cachedReader(table, cacher, store);
  const rbac = new RbacAuthorizer(reader);
  const authorizers = [healthAuthorizer, masters, rbac];
  const key = new TokenKey(options.tokenKey);
  const tokens = new ServiceAccountTokens(key, reader, () => clock.wallMs());
  const admission = [
    ...defaultPlugins({ reader, randomSuffix, chargeQuota: quotaCharger(table, registry, () => clock.wallMs()) }),
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
    authorize: async ({ info, user }, verb) => {
      const attributes = attributesOf({ ...info, verb }, user);
      const decision = await decide(authorizers, attributes);
      if (decision.kind !== "allow") throw refusal(attributes, decision.reason);
    },
  };
  const discovery = new Discovery(table);
  const openApi = new OpenApi(table, () => clock.wallMs());
  let isReady = false;
  const checks = [
    { name: "ping", ok: () => true },
    { name: "etcd", ok: () => isReady },
  ];
  const server = new ApiServer({
    api,
    clock,
    log,
    authenticators: [loopback, certificates, tokens],
    authorizers,
    paths: [
      healthPaths(checks),
      versionPath,
      (request, info) => discovery.answer(request, info),
      (request, info) => openApi.answer(request, info),
    ],
    actions: [
      (x) => actionFor(x, { reader, authorizers, tokens, issuer: { issuer: ISSUER, sign: (claims) => key.sign(claims as TokenClaims) } }),
    ],
  });
  const serving: ListenerOptions = {
    tls: options.tls,
    handle: async (request) => {
      if (!isReady) await ready;
      return server.handle(request);
    },
  };
  const ready = cacher.start().then(async () => {
    // A master whose cluster is not complete serves nevertheless: what is missing is made at the next start, and said.
    await bootstrap(api, options).catch((error: Error) =>
      log.error("objects of a fresh cluster could not be made", { why: error.message }),
    );
    isReady = true;
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
      cacher.stop();
      await Promise.all(listeners.map((l) => l.close()));
    },
  };
}
