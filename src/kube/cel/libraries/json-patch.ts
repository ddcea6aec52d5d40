import { STRING } from "../celtypes.js";
import { reads, TRAVERSAL } from "../cost.js";
import { type FunctionRow, global } from "../functions.js";

/** Only mutation policies have it. */
export const JSON_PATCH: readonly FunctionRow[] = [
  {
    name: "jsonpatch.escapeKey",
    cost: reads(TRAVERSAL, { sized: true }),
    overloads: [
      global("string_jsonpatch_escapeKey_string", [STRING], STRING, (key) => (key as string).replaceAll("~", "~0").replaceAll("/", "~1")),
    ],
  },
];
