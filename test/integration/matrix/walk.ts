import type { Answer, TestApi } from "../../kit/api.js";
import { MINIMAL_OBJECTS, minimalName } from "../../kit/minimal-objects.js";
import { nameOf, type Operation, placeOf } from "./operations.js";

export interface Asked {
  readonly operation: Operation;
  /** With the names filled in, and what was asked for in particular: a form, a patch. */
  readonly call: string;
  readonly code: number;
  readonly text: string;
}
type Json = Record<string, unknown>;

const NAMESPACE = "default";
const LABEL = "matrix";

/** The order of an object's life: each needs what those before it made. */
const ORDER: readonly ((o: Operation) => boolean)[] = [
  (o) => o.action === undefined,
  (o) => o.action === "post" && isWhole(o),
  (o) => o.action === "get" && isWhole(o),
  (o) => o.action === "list",
  (o) => o.action === "watch" || o.action === "watchlist",
  (o) => o.action === "put" && isWhole(o),
  (o) => o.action === "patch" && isWhole(o),
  (o) => o.action === "get" && !isWhole(o),
  (o) => o.action === "put" && !isWhole(o),
  (o) => o.action === "patch" && !isWhole(o),
  (o) => o.action === "connect",
  (o) => o.action === "post" && !isWhole(o),
  (o) => o.action === "delete",
  (o) => o.action === "deletecollection",
];
const isWhole = (o: Operation): boolean => placeOf(o.path)?.subresource === "";

/** Everything of one resource is asked of one object, from its creation to its end; what was answered stands in `answers`. */
export class Walk {
  readonly answers: Asked[] = [];
  readonly #api: TestApi;
  readonly #operations: readonly Operation[];
  readonly #name: string;
  readonly #labels: Json;

  /** `name`: of an object that is there already. */
  constructor(options: {
    readonly api: TestApi;
    readonly operations: readonly Operation[];
    readonly id: string;
    readonly name?: string;
  }) {
    this.#api = options.api;
    this.#operations = options.operations;
    const { gvk } = options.operations.find((o) => o.action === "post" && isWhole(o)) ?? { gvk: { group: "", kind: "" } };
    this.#name = options.name ?? minimalName(`${gvk.group}/${gvk.kind}`, `matrix-${options.id}`);
    this.#labels = { [LABEL]: options.id };
  }

  async run(): Promise<void> {
    for (const isTurn of ORDER) for (const operation of this.#operations.filter(isTurn)) await this.#ask(operation);
  }

  async #ask(o: Operation): Promise<void> {
    switch (o.action) {
      case "post":
        return this.#note(o, "", await this.#send(o, "", isWhole(o) ? this.#object(o) : actionBody(this.#at(o), this.#name)));
      case "get":
      case "list":
        for (const form of o.makes.filter((m) => !m.includes("stream="))) await this.#read(o, form);
        if (!this.#operations.some((one) => one.action === "watchlist")) return;
        for (const form of o.makes.filter((m) => m.includes("stream="))) await this.#watch(o, "?watch=true", form);
        return;
      case "watch":
      case "watchlist":
        for (const form of o.makes.filter((m) => m.includes("stream="))) await this.#watch(o, "", form);
        return;
      case "put":
        return this.#note(o, "", await this.#send(o, "", (await this.#api.request("GET", this.#at(this.#readOf(o)))).text));
      case "patch":
        for (const type of o.takes) await this.#patch(o, type);
        return;
      case "delete":
        return this.#note(o, "", await this.#send(o, hasCollection(this.#operations) ? "?dryRun=All" : ""));
      case "deletecollection":
        return this.#note(o, "", await this.#send(o, `?labelSelector=${LABEL}%3D${this.#labels[LABEL]}`));
      default:
        return this.#note(o, "", await this.#send(o, ""));
    }
  }

  /** A part that can only be written is read with the whole. */
  #readOf(o: Operation): Operation {
    const isRead = (path: string) => (one: Operation) => one.method === "get" && one.path === path;
    return this.#operations.find(isRead(o.path)) ?? this.#operations.find(isRead(o.path.replace(/\/[a-z]+$/, ""))) ?? o;
  }

  #at(o: Operation): string {
    return o.path.replace("{namespace}", NAMESPACE).replace("{name}", encodeURIComponent(this.#name)).replace("{path}", "x");
  }
  #object({ gvk }: Operation): Json {
    const apiVersion = gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
    const body = MINIMAL_OBJECTS[`${gvk.group}/${gvk.kind}`];
    if (body === undefined) throw new Error(`no minimal object of ${gvk.group}/${gvk.kind}`);
    const metadata = gvk.group === "authorization.k8s.io" ? {} : { name: this.#name, labels: this.#labels };
    return { apiVersion, kind: gvk.kind, metadata, ...body };
  }
  #send(o: Operation, query: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#api.request(o.method.toUpperCase(), `${this.#at(o)}${query}`, body, headers);
  }
  async #read(o: Operation, accept: string): Promise<void> {
    const answer = await this.#send(o, "", undefined, { accept });
    this.#note(o, ` as ${accept}`, sentAs(answer, accept));
  }
  async #watch(o: Operation, query: string, accept: string): Promise<void> {
    // What is listed is there, so the first event is, too: of a watch that is not served nothing would come.
    const answer = await this.#api.begin(`${this.#at(o)}${query}`, { accept });
    const seen = answer.text.includes("ADDED") ? answer : { ...answer, code: 0, text: `no first event: ${answer.text}` };
    this.#note(o, `${query} as ${accept}`, sentAs(answer.code === 200 ? seen : answer, accept));
  }
  async #patch(o: Operation, type: string): Promise<void> {
    const { group, version, kind } = o.gvk;
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const bodies: Readonly<Record<string, unknown>> = {
      "application/json-patch+json": [{ op: "add", path: "/metadata/labels", value: { ...this.#labels, patched: "json" } }],
      "application/apply-patch+yaml": { apiVersion, kind, metadata: { name: this.#name, labels: { applied: "yes" } } },
    };
    const query = type.includes("apply") ? "?fieldManager=matrix&force=true" : "";
    const body = bodies[type] ?? { metadata: { annotations: { [type.replaceAll(/\W+/g, "-")]: "yes" } } };
    this.#note(o, ` with ${type}`, await this.#send(o, query, body, { "content-type": type }));
  }
  #note(operation: Operation, detail: string, { code, text }: Pick<Answer, "code" | "text">): void {
    this.answers.push({ operation, call: `${nameOf(operation)}${detail}`, code, text });
  }
}

const hasCollection = (operations: readonly Operation[]): boolean => operations.some((o) => o.action === "deletecollection");

/** An answer in another form than was asked for is none. Streams of JSON do not say that they are streams. */
function sentAs(answer: Omit<Answer, "json">, accept: string): Pick<Answer, "code" | "text"> {
  const sent = String(answer.headers["content-type"] ?? "");
  const wanted = accept === "application/json;stream=watch" ? "application/json" : accept;
  return answer.code !== 200 || sent.startsWith(wanted) ? answer : { code: 0, text: `sent as ${sent}` };
}

/** Of what is made only to do something, by the last part of its path. */
function actionBody(path: string, name: string): Json {
  const target = { kind: "Node", name: "nowhere" };
  const bodies: Readonly<Record<string, Json>> = {
    binding: { metadata: { name }, target },
    eviction: { metadata: { name }, deleteOptions: { dryRun: ["All"] } },
    token: { spec: {} },
  };
  return bodies[path.slice(path.lastIndexOf("/") + 1)] ?? {};
}
