/** What is wrong, where (1-based), and what to write instead. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly line: number;
  readonly column: number;
  constructor(file: string, at: { readonly line: number; readonly col: number }, what: string) {
    super(`${file}:${at.line}:${at.col}: ${what}`);
    this.line = at.line;
    this.column = at.col;
  }
}
