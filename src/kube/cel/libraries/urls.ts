import { BOOL, listOf, mapOf, objectType, STRING } from "../celtypes.js";
import { NOMINAL, reads, TRAVERSAL } from "../cost.js";
import { type FunctionRow, global, member } from "../functions.js";
import { ArrayList, CelError, type CelValue, EntryMap, Opaque, type Result } from "../values.js";
import { escapedPath, type GoUrl, hostName, parseUrl, portOf, queryOf } from "./go-url.js";

const URL_TYPE = objectType("kubernetes.URL");

class Url extends Opaque {
  readonly type = URL_TYPE;
  readonly raw: string;
  readonly url: GoUrl;
  constructor(raw: string, url: GoUrl) {
    super();
    this.raw = raw;
    this.url = url;
  }
  override equals(other: CelValue): boolean {
    return other instanceof Url && other.raw === this.raw;
  }
}

function parse(text: string): Result {
  const strict = parseUrl(text, { request: true });
  const lenient = strict.kind === "url" ? parseUrl(text, { request: false }) : strict;
  return lenient.kind === "url"
    ? new Url(text, lenient.url)
    : new CelError(`URL parse error during conversion from string: ${lenient.message}`);
}
const accessor = (name: string, id: string, read: (url: GoUrl) => string): FunctionRow => ({
  name,
  cost: NOMINAL,
  overloads: [member(`url_get_${id}`, [URL_TYPE], STRING, (url) => read((url as Url).url))],
});

export const URLS: readonly FunctionRow[] = [
  {
    name: "url",
    cost: reads(TRAVERSAL, { sized: true }),
    overloads: [global("string_to_url", [STRING], URL_TYPE, (text) => parse(text as string))],
  },
  {
    name: "isURL",
    overloads: [global("is_url_string", [STRING], BOOL, (text) => parseUrl(text as string, { request: true }).kind === "url")],
  },
  accessor("getScheme", "scheme", (url) => url.scheme),
  accessor("getHost", "host", (url) => url.host),
  accessor("getHostname", "hostname", (url) => hostName(url.host)),
  accessor("getPort", "port", (url) => portOf(url.host)),
  accessor("getEscapedPath", "escaped_path", escapedPath),
  {
    name: "getQuery",
    cost: NOMINAL,
    overloads: [
      member(
        "url_get_query",
        [URL_TYPE],
        mapOf(STRING, listOf(STRING)),
        (url) => new EntryMap([...queryOf((url as Url).url)].map(([key, values]) => [key, new ArrayList(values)])),
      ),
    ],
  },
];
