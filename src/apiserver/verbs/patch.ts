import { failure } from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import type { Exchange } from "./exchange.js";

/** PATCH of one object in one of four forms. */
export async function patchVerb(_x: Exchange): Promise<ApiResponse> {
  throw failure("UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: ");
}
