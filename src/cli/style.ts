/** How text may look where it goes. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
}
export const PLAIN: Style = { colour: false, unicode: true };

type Env = Readonly<Record<string, string | undefined>>;

/** NO_COLOR wins, then FORCE_COLOR, then whether a terminal reads it. https://no-color.org */
export function styleFor(env: Env, stream: { readonly isTTY?: boolean }, platform: string = process.platform): Style {
  return { colour: wantsColour(env, stream.isTTY === true), unicode: canUnicode(env, platform) };
}
function wantsColour(env: Env, isTty: boolean): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTty && env["TERM"] !== "dumb";
}
function canUnicode(env: Env, platform: string): boolean {
  if (platform === "win32") return (env["WT_SESSION"] ?? env["TERM_PROGRAM"] ?? "") !== "";
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale) ? env["TERM"] !== "linux" : false;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Colour = keyof typeof CODES;
export const paint = (style: Style, colour: Colour, text: string): string =>
  style.colour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;

const SIGNS = { ok: ["✓", "+"], bad: ["✗", "x"], warn: ["!", "!"], arrow: ["➜", "->"], bar: ["│", "|"], dot: ["·", "-"] } as const;
export type Sign = keyof typeof SIGNS;
export const sign = (style: Style, name: Sign): string => SIGNS[name][style.unicode ? 0 : 1];

export const ok = (style: Style, text: string): string => `  ${paint(style, "green", sign(style, "ok"))} ${text}`;
export const bad = (style: Style, text: string): string => `  ${paint(style, "red", sign(style, "bad"))} ${text}`;
export const warn = (style: Style, text: string): string => `  ${paint(style, "yellow", sign(style, "warn"))} ${text}`;

const MEMBER_COLOURS: readonly Colour[] = ["cyan", "magenta", "yellow", "green", "blue"];
/** The same name has the same colour in every run. */
export function memberColour(name: string): Colour {
  const number = Number(/(\d+)$/.exec(name)?.[1] ?? [...name].reduce((sum, c) => sum + c.charCodeAt(0), 0));
  return MEMBER_COLOURS[(number + MEMBER_COLOURS.length - 1) % MEMBER_COLOURS.length] ?? "cyan";
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** Columns that a terminal gives to the text. */
export function textWidth(text: string): number {
  let width = 0;
  for (const c of text.replace(ESCAPES, "")) width += /\p{Mark}|\u200d|\ufe0f/u.test(c) ? 0 : WIDE.test(c) ? 2 : 1;
  return width;
}

/** Columns aligned by width, two spaces apart, without trailing spaces. */
export function table(rows: readonly (readonly string[])[], indent = "  "): string {
  const widths: number[] = [];
  for (const r of rows) for (const [i, cell] of r.entries()) widths[i] = Math.max(widths[i] ?? 0, textWidth(cell));
  return rows
    .map((r) => `${indent}${r.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - textWidth(cell))).join("  ")}`.trimEnd())
    .join("\n");
}
