/** "1,3-5": completion indexes as a status and a policy write them. What is beyond `below` does not count. */
export function parseIndexes(text: string | undefined, below: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) continue;
    const last = Math.min(Number(match[2] ?? match[1]), below - 1);
    for (let i = Number(match[1]); i <= last; i++) found.add(i);
  }
  return found;
}
/** Two in a row are listed, three and more are a range. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let last = i;
    while (sorted[last + 1] === (sorted[last] as number) + 1) last++;
    const [from, to] = [sorted[i] as number, sorted[last] as number];
    if (to - from >= 2) parts.push(`${from}-${to}`);
    else for (let n = from; n <= to; n++) parts.push(String(n));
    i = last + 1;
  }
  return parts.join(",");
}
