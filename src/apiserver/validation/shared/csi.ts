import { invalid, required, tooLong } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { DRIVER_BYTES_MAX } from "../limits.js";
import type { Errors } from "./rules.js";

/** Upper case is fine. */
export function csiDriverName(path: string, name: string): Errors {
  if (name === "") return [required(path)];
  return [
    ...(byteLength(name) > DRIVER_BYTES_MAX ? [tooLong(path, DRIVER_BYTES_MAX)] : []),
    ...dnsSubdomain(name.toLowerCase()).map((m) => invalid(path, name, m)),
  ];
}
