import type { ApiRequest, ApiResponse } from "../chain/index.js";

/** Answers every request; upgrades of HTTP/1.1 (exec, attach, port-forward) too: an answer with 101 has the socket from then on. */
export type Handle = (request: ApiRequest) => Promise<ApiResponse>;
