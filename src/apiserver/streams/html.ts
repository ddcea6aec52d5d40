/** Attributes that are links, by their tags. Source: HTML 4.01 and HTML 5's index of attributes. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};
/** Between their tags nothing is a tag. */
const RAW = new Set(["script", "style", "textarea", "title", "iframe", "noscript", "noframes", "noembed", "xmp"]);

interface Attribute {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}
interface Tag {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly end: number;
}

const isSpace = (c: string | undefined): boolean => c === " " || c === "\n" || c === "\t" || c === "\r" || c === "\f";
const isLetter = (c: string | undefined): boolean => c !== undefined && /^[a-zA-Z]$/.test(c);

/**
 * The page with each link put through `rewrite`; all else stays as it is. One pass: whoever wrote the page must not be able to make this
 * take long.
 */
export function withLinks(html: string, rewrite: (link: string) => string): string {
  const parts: string[] = [];
  let done = 0;
  let at = html.indexOf("<");
  while (at >= 0) {
    const next = skipped(html, at);
    if (next !== undefined) {
      at = html.indexOf("<", next);
      continue;
    }
    const tag = tagAt(html, at);
    // It ends within a tag: nothing after it can be one.
    if (tag === undefined) break;
    for (const { name, from, to } of tag.attributes) {
      if (!LINKS[tag.name]?.includes(name)) continue;
      parts.push(html.slice(done, from), rewrite(html.slice(from, to)));
      done = to;
    }
    const behind = RAW.has(tag.name) ? endOfRaw(html, tag) : tag.end;
    if (behind < 0) break;
    at = html.indexOf("<", behind);
  }
  parts.push(html.slice(done));
  return parts.join("");
}

/** Behind what begins with "<" and has no links: comments, declarations, ends of tags, a "<" in a text. undefined: a tag begins. */
function skipped(html: string, at: number): number | undefined {
  if (html.startsWith("<!--", at)) {
    const end = html.indexOf("-->", at + 4);
    return end < 0 ? html.length : end + 3;
  }
  return isLetter(html[at + 1]) ? undefined : at + 1;
}
/** Where its end tag begins; -1: it has none. */
function endOfRaw(html: string, tag: Tag): number {
  const end = new RegExp(`</${tag.name}[\\s/>]`, "gi");
  end.lastIndex = tag.end;
  return end.exec(html)?.index ?? -1;
}

function tagAt(html: string, start: number): Tag | undefined {
  let at = start + 1;
  while (at < html.length && !isSpace(html[at]) && html[at] !== ">" && html[at] !== "/") at++;
  const name = html.slice(start + 1, at).toLowerCase();
  const attributes: Attribute[] = [];
  for (;;) {
    while (isSpace(html[at]) || html[at] === "/") at++;
    if (at >= html.length) return undefined;
    if (html[at] === ">") return { name, attributes, end: at + 1 };
    const attribute = attributeAt(html, at);
    if (attribute === undefined) return undefined;
    if (attribute.hasValue) attributes.push(attribute);
    at = attribute.end;
  }
}
function attributeAt(html: string, start: number): (Attribute & { readonly hasValue: boolean; readonly end: number }) | undefined {
  let at = start + 1;
  while (at < html.length && !isSpace(html[at]) && html[at] !== ">" && html[at] !== "/" && html[at] !== "=") at++;
  const name = html.slice(start, at).toLowerCase();
  let value = at;
  while (isSpace(html[value])) value++;
  if (html[value] !== "=") return { name, from: at, to: at, hasValue: false, end: at };
  value++;
  while (isSpace(html[value])) value++;
  const quote = html[value];
  if (quote === '"' || quote === "'") {
    const close = html.indexOf(quote, value + 1);
    return close < 0 ? undefined : { name, from: value + 1, to: close, hasValue: true, end: close + 1 };
  }
  let end = value;
  while (end < html.length && !isSpace(html[end]) && html[end] !== ">") end++;
  return { name, from: value, to: end, hasValue: true, end };
}
