import type { JsonObject } from "../../../kube/meta/index.js";
import { child, has, objects, text } from "../shared/read.js";

interface Place {
  readonly path: string;
  readonly source: string;
}
const placeText = (p: Place): string => (p.source === "" ? `"${p.path}"` : `"${p.path}" (${p.source})`);

/** Files of a volume of which one would lie where another is, or below it. */
export const overlapWarnings = (volumes: readonly JsonObject[]): readonly string[] =>
  volumes.flatMap((v) => {
    const name = text(v, "name");
    const of = (what: string, places: readonly Place[]): readonly string[] =>
      collisions(places).map((body) => `volume "${name}" (${what}): overlapping paths: ${body}`);
    const [map, secret, downward] = [child(v, "configMap"), child(v, "secret"), child(v, "downwardAPI")];
    return [
      ...of(`ConfigMap "${text(map, "name")}"`, placesOf(map, "")),
      ...of(`Secret "${text(secret, "secretName")}"`, placesOf(secret, "")),
      ...of("DownwardAPI", placesOf(downward, "")),
      ...(has(v, "projected") ? projected(child(v, "projected") ?? {}, name) : []),
    ];
  });
const placesOf = (holder: JsonObject | undefined, source: string): readonly Place[] =>
  objects(holder, "items").map((item) => ({ path: text(item, "path"), source }));

function projected(volume: JsonObject, name: string): readonly string[] {
  const empty: string[] = [];
  const places = objects(volume, "sources").flatMap((source) => {
    if (Object.keys(source).length === 0) empty.push(`volume "${name}" (Projected) has no sources provided`);
    return sourcePlaces(source);
  });
  return [...empty, ...collisions(places).map((body) => `volume "${name}" (Projected): overlapping paths: ${body}`)];
}
function sourcePlaces(source: JsonObject): readonly Place[] {
  const [map, secret, downward, token] = ["configMap", "secret", "downwardAPI", "serviceAccountToken"].map((f) => child(source, f));
  if (has(map, "items")) return placesOf(map, `ConfigMap "${text(map, "name")}"`);
  if (has(secret, "items")) return placesOf(secret, `Secret "${text(secret, "name")}"`);
  if (has(downward, "items")) return placesOf(downward, "DownwardAPI");
  return token === undefined ? [] : [{ path: text(token, "path"), source: "ServiceAccountToken" }];
}
function collisions(places: readonly Place[]): readonly string[] {
  const before: Place[] = [];
  return places.flatMap((given) => {
    const place = { ...given, path: given.path.replace(/\/+$/, "") };
    const within = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`);
    const hit = place.path === "" ? [] : before.filter((b) => b.path !== "" && (within(b.path, place.path) || within(place.path, b.path)));
    before.push(place);
    return hit.map((b) => `${placeText(place)} with ${placeText(b)}`);
  });
}
