/** Words that cannot be identifiers; escaped as field names. */
export const RESERVED: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);
const ESCAPES = new Map([
  ["__", "__underscores__"],
  [".", "__dot__"],
  ["-", "__dash__"],
  ["/", "__slash__"],
]);
const UNESCAPES = new Map([...ESCAPES].map(([plain, escaped]) => [escaped, plain]));

/** The name an expression calls a property by; undefined: it cannot be named. */
export function escapeName(name: string): string | undefined {
  if (name === "" || /^[0-9]/.test(name) || !/^[A-Za-z0-9_./-]*$/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[-./]/g, (found) => ESCAPES.get(found) ?? found);
}

/** The property an expression means; undefined: none can have this name. */
export function unescapeName(escaped: string): string | undefined {
  let valid = true;
  const name = escaped.replace(/__[^_]+__/g, (found) => {
    const plain = UNESCAPES.get(found);
    if (plain !== undefined) return plain;
    const word = found.slice(2, -2);
    if (!RESERVED.has(word) || found.length !== escaped.length) valid = false;
    return word;
  });
  return valid ? name : undefined;
}
