/** How Kubernetes words a value that does not match a pattern; the two spaces are its own. */
export const patternText = (message: string, pattern: string, ...examples: readonly string[]): string =>
  examples.length === 0
    ? `${message} (regex used for validation is '${pattern}')`
    : `${message} (e.g. ${examples.map((e) => `'${e}'`).join(",  or ")}, regex used for validation is '${pattern}')`;
export const rangeText = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;
export const longText = (max: number): string => `must be no more than ${max} characters`;
/** Go's len: bytes. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const c of text) {
    const code = c.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
