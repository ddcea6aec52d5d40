import type { Duplex, Readable, Writable } from "node:stream";

export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}
/** Query of /containerLogs. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly sinceTime: string | undefined;
  readonly stream: "All" | "Stdout" | "Stderr";
}
/** Ends of a command's streams. What nobody asked for is missing. */
export interface CommandStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  readonly tty: boolean;
  /** The client's terminal has a new size. */
  onResize(listener: (size: { readonly width: number; readonly height: number }) => void): void;
  /** The client is gone. */
  readonly signal: AbortSignal;
}
export type Refused = { readonly kind: "refused"; readonly code: 400 | 404 | 500; readonly message: string };
export type CommandEnd = { readonly kind: "exited"; readonly code: number } | { readonly kind: "failed"; readonly message: string };

/** What is behind a node's endpoint: containers, or something that stands for them. */
export interface NodeRuntime {
  /** v1 Pods that are on this node. */
  pods(): readonly object[];
  /** undefined: it is there and may be asked. */
  refuses(ref: ContainerRef | (Omit<ContainerRef, "container"> & { readonly container: undefined })): Refused | undefined;
  /** Ends when there is no more, or when whoever reads it is gone. */
  logs(ref: ContainerRef, options: LogOptions): Readable;
  exec(ref: ContainerRef, command: readonly string[], streams: CommandStreams): Promise<CommandEnd>;
  attach(ref: ContainerRef, streams: CommandStreams): Promise<CommandEnd>;
  /** A connection to a port of the pod; rejects with what the client is told. */
  connect(namespace: string, pod: string, port: number): Promise<Duplex>;
}
