import { request } from "node:http";
import { CONTROL_TIMEOUT_MS } from "./limits.js";

/** Nobody answers on the control channel: the process is gone, paused, or of another version. */
export class ControlUnreachable extends Error {
  override readonly name = "ControlUnreachable";
}
/** It answered, and refused. */
export class ControlRefused extends Error {
  override readonly name = "ControlRefused";
}

export interface ControlOptions {
  readonly timeoutMs?: number;
}

export const controlGet = <T>(socket: string, path: string, options: ControlOptions = {}): Promise<T> =>
  call<T>(socket, { method: "GET", path }, undefined, options);
export const controlPost = <T>(socket: string, path: string, body: unknown, options: ControlOptions = {}): Promise<T> =>
  call<T>(socket, { method: "POST", path }, body, options);

function call<T>(
  socket: string,
  what: { readonly method: string; readonly path: string },
  body: unknown,
  options: ControlOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: socket,
        ...what,
        agent: false,
        headers: { "content-type": "application/json" },
        timeout: options.timeoutMs ?? CONTROL_TIMEOUT_MS,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", (error) => reject(new ControlUnreachable(error.message)));
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          if (response.statusCode !== 200) return reject(new ControlRefused(text.trim() || `status ${response.statusCode}`));
          try {
            resolve(JSON.parse(text) as T);
          } catch {
            reject(new ControlUnreachable(`no JSON: ${text.slice(0, 100)}`));
          }
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", (error) => reject(new ControlUnreachable(error.message)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
