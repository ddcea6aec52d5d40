/** One thing measured on both sides, as often as there were pairs. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  /** How the figure of one side is made of its runs. */
  readonly figure?: "median" | "worst";
  readonly note?: string;
}

export const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

export interface Summary {
  readonly name: string;
  readonly unit: string;
  readonly better: string;
  readonly ours: number | undefined;
  readonly peer: number | undefined;
  /** Ours over the peer's, pair by pair. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number } | undefined;
  readonly runs: { readonly ours: readonly number[]; readonly peer: readonly number[] };
  readonly note: string | undefined;
}

export function summarise(row: Row): Summary {
  const of = (list: readonly number[]): number | undefined => {
    if (list.length === 0) return undefined;
    return row.figure === "worst" ? (row.better === "lower" ? Math.max(...list) : Math.min(...list)) : median(list);
  };
  const ratios = row.ours.flatMap((a, i) => (row.peer[i] === undefined || row.peer[i] === 0 ? [] : [a / (row.peer[i] as number)]));
  const [ours, peer] = [of(row.ours), of(row.peer)];
  const paired = row.figure !== "worst" && ratios.length > 0;
  const worst = ours !== undefined && peer !== undefined ? ours / peer : undefined;
  const ratio = paired
    ? { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) }
    : worst === undefined
      ? undefined
      : { median: worst, low: worst, high: worst };
  return {
    name: row.name,
    unit: row.unit,
    better: row.better,
    ours,
    peer,
    ratio,
    runs: { ours: row.ours, peer: row.peer },
    note: row.note,
  };
}

/** `peer`: whose figures stand beside ours. */
export function tableText(rows: readonly Summary[], title: string, peer = "etcd"): string {
  const head = ["", "trimast", peer, "unit", "ratio", "spread", ""];
  const lines = rows.map((s) => [
    s.name,
    number(s.ours),
    number(s.peer),
    s.unit,
    s.ratio ? `${s.ratio.median.toFixed(2)} x` : "-",
    s.ratio && s.ratio.low !== s.ratio.high ? `${s.ratio.low.toFixed(2)} - ${s.ratio.high.toFixed(2)}` : "-",
    s.note ?? `${s.better} is better`,
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((l) => (l[i] as string).length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((c, i) => (i === 1 || i === 2 || i === 4 ? c.padStart(widths[i] as number) : c.padEnd(widths[i] as number)))
      .join("  ")
      .trimEnd();
  return [title, "", line(head), ...lines.map(line)].join("\n");
}

function number(n: number | undefined): string {
  if (n === undefined) return "-";
  if (Number.isNaN(n)) return "?";
  const digits = n >= 100 ? 0 : n >= 10 ? 1 : 2;
  return n.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
