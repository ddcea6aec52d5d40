import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

/** TRIMAST_CLI: another build of the same. */
const PROGRAM = process.env["TRIMAST_CLI"] ?? resolve(import.meta.dirname, "../../dist/trimast.js");
const FIRST_BYTES_MS_MAX = 5_000;
const exec = promisify(execFile);

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON. */
  json(): Readonly<Record<string, unknown>>;
}
interface Access {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Real masters that serve the API, started as a user starts them, on free ports and in a directory of their own. */
export class TestApi {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly #access: Access;

  private constructor(directory: string, access: Access) {
    this.directory = directory;
    this.kubeconfig = join(directory, "kubeconfig");
    this.#access = access;
  }

  /** `loops`: scheduler and controllers too; `nodes`: hollow ones. */
  static async start(masters: 1 | 3, more: { readonly loops?: boolean; readonly nodes?: number } = {}): Promise<TestApi> {
    const directory = mkdtempSync(join(tmpdir(), "trimast-api-"));
    const roles = more.loops ? "store,apiserver,scheduler,controllers" : "store,apiserver";
    const place = ["--ports", "auto", "--data-dir", directory, "--detach"];
    const args = ["up", "--masters", String(masters), "--roles", roles, "--nodes", String(more.nodes ?? 0), ...place];
    try {
      await exec(process.execPath, [PROGRAM, ...args]);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
    return new TestApi(directory, accessOf(join(directory, "kubeconfig")));
  }

  /** Each master's own address, without the common one before it. */
  get servers(): readonly string[] {
    return this.#masters.map((m) => m.apiUrl);
  }
  /** Where each master's store answers, with its metrics. */
  get stores(): readonly string[] {
    return this.#masters.flatMap((m) => m.clientUrls.slice(0, 1));
  }
  get #masters(): readonly { readonly apiUrl: string; readonly clientUrls: readonly string[] }[] {
    return JSON.parse(readFileSync(join(this.directory, "cluster.json"), "utf8")).spec.masters;
  }

  /** A verb of the command line about this cluster. */
  async trimast(...args: readonly string[]): Promise<string> {
    return (await exec(process.execPath, [PROGRAM, ...args, "--data-dir", this.directory])).stdout;
  }
  async kubectl(...args: readonly string[]): Promise<string> {
    return (await exec("kubectl", [...args], { env: { ...process.env, KUBECONFIG: this.kubeconfig }, timeout: 30_000 })).stdout;
  }

  /** One request as the administrator, on a connection of its own. */
  request(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { server, ca, cert, key } = this.#access;
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const sent = { ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers };
    return new Promise((done, fail) => {
      const req = request(`${server}${path}`, { method, ca, cert, key, agent: false, headers: sent }, (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (c: Buffer) => chunks.push(c));
        res.on("error", fail);
        res.on("end", () => {
          const got = Buffer.concat(chunks).toString("utf8");
          done({ code: res.statusCode ?? 0, headers: res.headers, text: got, json: () => JSON.parse(got) });
        });
      });
      req.on("error", fail);
      req.end(text);
    });
  }

  /** How an answer begins that may never end: its head and its first bytes; none of them when none come in a while. */
  begin(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Omit<Answer, "json">> {
    const { server, ca, cert, key } = this.#access;
    return new Promise((done, fail) => {
      const req = request(`${server}${path}`, { ca, cert, key, agent: false, headers }, (res) => {
        const answer = (text: string): void => {
          done({ code: res.statusCode ?? 0, headers: res.headers, text });
          req.destroy();
        };
        res.once("data", (first: Buffer) => answer(first.toString("utf8")));
        res.once("end", () => answer(""));
        req.setTimeout(FIRST_BYTES_MS_MAX, () => answer(""));
      });
      req.on("error", fail);
      req.end();
    });
  }

  /** Lines of a stream as they come, until `close`. */
  watch(
    path: string,
    line: (event: { readonly type: string; readonly object: { readonly metadata: Record<string, string> } }) => void,
  ): { close(): void; readonly ended: Promise<void> } {
    const { server, ca, cert, key } = this.#access;
    let rest = "";
    let over: () => void = () => {};
    const ended = new Promise<void>((done) => {
      over = done;
    });
    const req = request(`${server}${path}`, { ca, cert, key, agent: false }, (res) => {
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const one of lines) line(JSON.parse(one));
      });
      res.on("close", over);
    });
    req.on("error", over);
    req.end();
    return { close: () => req.destroy(), ended };
  }

  async stop(): Promise<void> {
    await this.trimast("down").catch(() => {});
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function accessOf(file: string): Access {
  const config = parse(readFileSync(file, "utf8"));
  const [cluster] = config.clusters;
  const [user] = config.users;
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  return {
    server: cluster.cluster.server,
    ca: bytes(cluster.cluster["certificate-authority-data"]),
    cert: bytes(user.user["client-certificate-data"]),
    key: bytes(user.user["client-key-data"]),
  };
}
