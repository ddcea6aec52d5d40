import { type ApiResponse, type RequestInfo, textResponse } from "./chain/index.js";
import type { PathHandler } from "./server.js";

/** What health is asked about; each is a fact that somebody knows. */
export interface HealthFacts {
  /** The cache is filled and the cluster's own objects are there. */
  isReady(): boolean;
  /** The server is about to stop. */
  isStopping(): boolean;
  /** The store answers, and in time. */
  storeAnswers(): Promise<boolean>;
}
type Check = (facts: HealthFacts) => boolean | Promise<boolean>;
interface Named {
  readonly name: string;
  readonly check: Check;
}

const always: Check = () => true;
const ready: Check = (facts) => facts.isReady();
const store: Check = (facts) => facts.storeAnswers();

/** Things that the original does after it listens. Here all of them are done once the server is ready. */
const HOOKS = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-apiextensions-informers",
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "aggregator-reload-proxy-client-cert",
  "start-kube-aggregator-informers",
  "apiservice-status-local-available-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-registration-controller",
  "apiservice-wait-for-first-sync",
  "apiservice-discovery-controller",
  "kube-apiserver-autoregistration",
] as const;
const LAST_HOOKS = ["apiservice-openapi-controller", "apiservice-openapiv3-controller"] as const;
const hook = (name: string): Named => ({ name: `poststarthook/${name}`, check: ready });
const STARTED: readonly Named[] = [...HOOKS.map(hook), { name: "autoregister-completion", check: ready }, ...LAST_HOOKS.map(hook)];
/** A server whose store has no quorum is not ready: others answer for it. */
const withStore = (c: Named): Named => (c.name === "poststarthook/storage-readiness" ? { ...c, check: store } : c);
const FIRST: readonly Named[] = [
  { name: "ping", check: always },
  { name: "log", check: always },
];
const ALIVE: readonly Named[] = [
  ...FIRST,
  { name: "loopback-serving-certificate", check: always },
  { name: "etcd", check: store },
  ...STARTED,
];
/** The checks of each root, in the order in which they are printed. */
export const HEALTH_CHECKS: Readonly<Record<"healthz" | "livez" | "readyz", readonly Named[]>> = {
  healthz: ALIVE,
  livez: ALIVE,
  readyz: [
    ...FIRST,
    { name: "informer-sync", check: ready },
    ...STARTED.map(withStore),
    { name: "shutdown", check: (facts) => !facts.isStopping() },
  ],
};
const isRoot = (name: string | undefined): name is keyof typeof HEALTH_CHECKS => name !== undefined && Object.hasOwn(HEALTH_CHECKS, name);
/** Probes are answered before the server is ready: that is what they ask. */
export const isHealthPath = (path: string): boolean => isRoot(path.slice(1).split("/")[0]);

/** /livez, /readyz?verbose, /healthz/etcd: "ok", or what is wrong. */
export function healthPaths(facts: HealthFacts): PathHandler {
  return async (_request, info) => {
    const [root, ...rest] = info.path.slice(1).split("/");
    if (!isRoot(root)) return undefined;
    const name = rest.join("/");
    if (name === "") return health(root, facts, info);
    const one = HEALTH_CHECKS[root].find((c) => c.name === name);
    if (!one) return textResponse(404, "404 page not found\n");
    return (await one.check(facts)) ? ok("ok") : failed(`internal server error: ${name} is not ready`);
  };
}
const NOSNIFF = new Map([["x-content-type-options", "nosniff"]]);
const ok = (text: string): ApiResponse => textResponse(200, text, NOSNIFF);
const failed = (text: string): ApiResponse => textResponse(500, `${text}\n`, NOSNIFF);

async function health(root: keyof typeof HEALTH_CHECKS, facts: HealthFacts, info: RequestInfo): Promise<ApiResponse> {
  const excluded = new Set(info.query.getAll("exclude"));
  const lines: string[] = [];
  let good = true;
  for (const { name, check } of HEALTH_CHECKS[root]) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const passed = await check(facts);
    good &&= passed;
    lines.push(passed ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  if (excluded.size > 0) {
    const names = [...excluded].sort().map((n) => JSON.stringify(n));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(",")}`);
  }
  if (!good) return failed(`${lines.join("\n")}\n${root} check failed`);
  return ok(info.query.has("verbose") ? `${lines.join("\n")}\n${root} check passed\n` : "ok");
}
