const ESCAPES: Readonly<Record<string, string>> = { "\\u0007": "\\a", "\\u000b": "\\v" };

/** A text in quotes as Go's %q prints it. */
export const goQuote = (text: string): string =>
  JSON.stringify(text).replace(/\\\\|\\u00[01][0-9a-f]/g, (found) =>
    found === "\\\\" ? found : (ESCAPES[found] ?? found.replace("\\u00", "\\x")),
  );
