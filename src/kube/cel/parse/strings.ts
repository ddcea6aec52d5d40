/** The value of a string or bytes literal (without its b prefix), or what is wrong with it. */
export type Unquoted =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "error"; readonly message: string };

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "`": "`",
  "?": "?",
};

export function unquote(literal: string, options: { readonly bytes: boolean }): Unquoted {
  const raw = /^[rR]/.test(literal);
  const quoted = (raw ? literal.slice(1) : literal).replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const width = quoted.length >= 6 && /^("""|''')/.test(quoted) ? 3 : 1;
  const body = quoted.slice(width, -width);
  const out: number[] | string[] = [];
  const encoder = new TextEncoder();
  const put = (text: string): void => {
    if (options.bytes) (out as number[]).push(...encoder.encode(text));
    else (out as string[]).push(text);
  };
  if (raw) put(body);
  else {
    const failure = unescapeInto(body, { bytes: options.bytes, put, putByte: (byte) => (out as number[]).push(byte) });
    if (failure !== undefined) return { kind: "error", message: failure };
  }
  return options.bytes ? { kind: "bytes", bytes: Uint8Array.from(out as number[]) } : { kind: "text", text: out.join("") };
}

interface Sink {
  readonly bytes: boolean;
  readonly put: (text: string) => void;
  readonly putByte: (byte: number) => void;
}

/** Octal and \x escapes are bytes in bytes and code points in strings. */
function unescapeInto(body: string, sink: Sink): string | undefined {
  const parts = /\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))|[^\\]+/gu;
  for (const [whole, octal, hex, short, long, simple] of body.matchAll(parts)) {
    if (simple !== undefined) {
      const text = SIMPLE[simple];
      if (text === undefined) return "unable to unescape string";
      sink.put(text);
    } else if (octal !== undefined || hex !== undefined) {
      const code = octal === undefined ? Number.parseInt(hex as string, 16) : Number.parseInt(octal, 8);
      if (sink.bytes) sink.putByte(code);
      else sink.put(String.fromCodePoint(code));
    } else if (short !== undefined || long !== undefined) {
      if (sink.bytes) return "unable to unescape string";
      const code = Number.parseInt((short ?? long) as string, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "invalid unicode code point";
      sink.put(String.fromCodePoint(code));
    } else {
      sink.put(whole);
    }
  }
  return undefined;
}
