import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { keep } from "./strategies.js";
import type { Strategy } from "./types.js";

/** Plain texts are for writers alone: they go over what is in the data, and are gone. */
function mergePlain(object: KubeObject): void {
  const plain = object["stringData"];
  delete object["stringData"];
  if (!isObject(plain as Json)) return;
  const added = Object.entries(plain as JsonObject).map(([key, value]) => [key, Buffer.from(String(value)).toString("base64")]);
  if (added.length === 0) return;
  const data = isObject(object["data"] as Json) ? (object["data"] as JsonObject) : {};
  object["data"] = { ...data, ...Object.fromEntries(added) };
}

export const secretStrategy: Strategy = {
  prepareForCreate: mergePlain,
  prepareForUpdate: (object, old) => {
    mergePlain(object);
    if (!object["type"]) keep(object, old, "type");
  },
};
