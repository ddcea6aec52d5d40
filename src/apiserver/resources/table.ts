import type { ResourceRow, ServedVersion } from "./types.js";

export interface Found {
  readonly row: ResourceRow;
  readonly version: ServedVersion;
}

/** The rows that are served now. Custom kinds come and go; whoever keeps something made of the rows asks for `generation`. */
export class ResourceTable {
  readonly #rows = new Map<string, ResourceRow>();
  #generation = 0;

  constructor(rows: readonly ResourceRow[]) {
    for (const row of rows) this.set(row);
  }
  /** Changes whenever the rows do. */
  get generation(): number {
    return this.#generation;
  }
  get rows(): readonly ResourceRow[] {
    return [...this.#rows.values()];
  }
  set(row: ResourceRow): void {
    this.#rows.set(`${row.group}/${row.resource}`, row);
    this.#generation++;
  }
  delete(group: string, resource: string): void {
    if (this.#rows.delete(`${group}/${resource}`)) this.#generation++;
  }
  row(group: string, resource: string): ResourceRow | undefined {
    return this.#rows.get(`${group}/${resource}`);
  }
  find(group: string, version: string, resource: string): Found | undefined {
    const main = this.row(group, resource);
    const row = main?.custom === undefined ? main : main.custom.views.get(version);
    const served = row?.versions.find((v) => v.name === version);
    return row && served ? { row, version: served } : undefined;
  }
  byKind(group: string, kind: string): ResourceRow | undefined {
    for (const row of this.#rows.values()) if (row.group === group && row.kind === kind) return row;
    return undefined;
  }
}
