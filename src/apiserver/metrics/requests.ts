import { Histogram, type Labels, sampleLine } from "../../base/index.js";
import type { Clock } from "../../host/index.js";
import { type ApiRequest, type ApiResponse, type ByteSink, isTrue, type RequestInfo } from "../chain/index.js";
import type { ResourceTable } from "../resources/index.js";
import { type Family, gauge, Series } from "./exposition.js";
import { DURATION_BUCKETS_SECONDS, SERIES_MAX } from "./limits.js";

interface Count {
  value: number;
}
const zero = (): Count => ({ value: 0 });

const MUTATING = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const STREAMED = new Set(["proxy", "attach", "exec", "log", "portforward"]);

/** Counts requests as they come and go: one instance for all listeners and the loopback. */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #table: ResourceTable;
  readonly #total = new Series(zero, SERIES_MAX);
  readonly #durations = new Series(() => new Histogram(DURATION_BUCKETS_SECONDS), SERIES_MAX);
  readonly #longRunning = new Series(zero, SERIES_MAX);
  readonly #inFlight = { mutating: 0, readOnly: 0 };

  constructor(clock: Clock, table: ResourceTable) {
    this.#clock = clock;
    this.#table = table;
  }

  /** A request has begun; whoever answers it passes the answer through what this gives. */
  begin(request: ApiRequest, info: RequestInfo): (response: ApiResponse) => ApiResponse {
    const labels = this.#labelsOf(request, info);
    const began = this.#clock.monotonicMs();
    const leave = this.#enter(request, labels);
    const finished = (code: number): void => {
      leave();
      const dryRun = info.query.get("dryRun") === "All" ? "All" : "";
      this.#total.of({ code: String(code), ...labels, dry_run: dryRun }).value++;
      this.#durations.of({ ...labels, dry_run: dryRun }).observe((this.#clock.monotonicMs() - began) / 1_000);
    };
    return (response) => {
      if (response.kind === "stream") return watched(response, finished);
      finished(response.code);
      return response;
    };
  }

  /** Watches and streams are not what in-flight limits are about. */
  #enter(request: ApiRequest, labels: Labels): () => void {
    if (labels["verb"] === "WATCH" || labels["verb"] === "CONNECT") {
      const running = this.#longRunning.of(labels);
      running.value++;
      return () => running.value--;
    }
    const kind = MUTATING.has(request.method) ? "mutating" : "readOnly";
    this.#inFlight[kind]++;
    return () => this.#inFlight[kind]--;
  }

  /** Only what the tables know becomes a label: paths that somebody makes up must not become series. */
  #labelsOf(request: ApiRequest, info: RequestInfo): Labels {
    const row = info.isResource ? this.#table.find(info.group, info.version, info.resource)?.row : undefined;
    if (!row)
      return {
        component: "apiserver",
        group: "",
        resource: "",
        scope: "",
        subresource: pathOf(info),
        verb: knownMethod(request),
        version: "",
      };
    const subresource = row.subresources.some((s) => s.name === info.subresource) ? info.subresource : "";
    return {
      component: "apiserver",
      group: info.group,
      resource: info.resource,
      scope: scopeOf(info),
      subresource,
      verb: verbOf(request, info),
      version: info.version,
    };
  }

  families(): readonly Family[] {
    const total = "apiserver_request_total";
    const duration = "apiserver_request_duration_seconds";
    return [
      gauge("apiserver_current_inflight_requests", "Requests that are being answered now, streams left out.", [
        [{ request_kind: "mutating" }, this.#inFlight.mutating],
        [{ request_kind: "readOnly" }, this.#inFlight.readOnly],
      ]),
      gauge(
        "apiserver_longrunning_requests",
        "Watches and streams that are open now.",
        [...this.#longRunning].map(({ labels, value }) => [labels, value.value]),
      ),
      {
        name: total,
        type: "counter",
        help: "Requests that were answered.",
        lines: [...this.#total].map(({ labels, value }) => sampleLine(total, labels, value.value)),
      },
      {
        name: duration,
        type: "histogram",
        help: "How long requests took, in seconds; of a watch, how long it was open.",
        lines: [...this.#durations].flatMap(({ labels, value }) => value.lines(duration, labels)),
      },
    ];
  }
}

/** A stream ends when its sink does, or when the client goes. */
function watched(response: Extract<ApiResponse, { kind: "stream" }>, finished: (code: number) => void): ApiResponse {
  let over = false;
  const end = (): void => {
    if (!over) finished(response.code);
    over = true;
  };
  const start = (sink: ByteSink) => {
    const counted: ByteSink = {
      write: (bytes) => sink.write(bytes),
      end: () => {
        end();
        sink.end();
      },
      get queuedBytes() {
        return sink.queuedBytes;
      },
    };
    const handlers = response.start(counted);
    return {
      drained: () => handlers.drained(),
      closed: () => {
        end();
        handlers.closed();
      },
    };
  };
  return { ...response, start };
}

const METHODS = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);
const knownMethod = (request: ApiRequest): string => (METHODS.has(request.method) ? request.method : "other");
const ROOTS = ["/healthz", "/livez", "/readyz", "/metrics", "/version", "/openapi/v2", "/openapi/v3", "/api", "/apis", "/openid/v1/jwks"];
const pathOf = (info: RequestInfo): string =>
  [...ROOTS].reverse().find((root) => info.path === root || info.path.startsWith(`${root}/`)) ?? "";

function scopeOf(info: RequestInfo): string {
  if (info.name !== "" || info.verb === "create") return "resource";
  return info.namespace !== "" ? "namespace" : "cluster";
}
function verbOf(request: ApiRequest, info: RequestInfo): string {
  if (STREAMED.has(info.subresource)) return "CONNECT";
  if (info.verb === "watch" || (info.verb === "get" && info.query.has("watch") && isTrue(info.query.get("watch")))) return "WATCH";
  if (info.verb === "list") return "LIST";
  if (info.verb === "deletecollection") return "DELETECOLLECTION";
  return request.method === "PATCH" && /^application\/apply-patch/.test(request.header("content-type") ?? "")
    ? "APPLY"
    : knownMethod(request);
}
