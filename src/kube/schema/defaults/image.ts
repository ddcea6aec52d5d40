/** Names of images, as far as the pull policy needs them (distribution/reference). */
const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::\d+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:([0-9a-fA-F]{32,})$/;
const DIGEST_DIGITS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);
const NAME_CHARS_MAX = 255;
const IDENTIFIER = /^[a-f0-9]{64}$/;

interface Reference {
  readonly domain: string;
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
}
function split(image: string): Reference {
  const at = image.indexOf("@");
  const named = at < 0 ? image : image.slice(0, at);
  const digest = at < 0 ? "" : image.slice(at + 1);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const name = hasTag ? named.slice(0, colon) : named;
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const hasDomain = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  return {
    domain: hasDomain ? first : "docker.io",
    path: hasDomain ? name.slice(slash + 1) : slash < 0 ? `library/${name}` : name,
    tag: hasTag ? named.slice(colon + 1) : "",
    digest,
  };
}
function isValid(image: string, r: Reference): boolean {
  if (IDENTIFIER.test(image) || !DOMAIN.test(r.domain) || !PATH.test(r.path)) return false;
  if (r.domain.length + 1 + r.path.length > NAME_CHARS_MAX) return false;
  if (r.tag === "" ? /:(?:@|$)/.test(image) : !TAG.test(r.tag)) return false;
  if (r.digest === "") return !image.includes("@");
  const digits = DIGEST.exec(r.digest)?.[1];
  return digits !== undefined && /^[0-9a-f]+$/.test(digits) && DIGEST_DIGITS.get(r.digest.split(":")[0] ?? "") === digits.length;
}

/** Always for the tag latest and for no tag and digest at all; else, and for a name that is none, only if it is not there. */
export function pullPolicyOf(image: string): "Always" | "IfNotPresent" {
  const reference = split(image);
  if (!isValid(image, reference)) return "IfNotPresent";
  return reference.tag === "latest" || (reference.tag === "" && reference.digest === "") ? "Always" : "IfNotPresent";
}
