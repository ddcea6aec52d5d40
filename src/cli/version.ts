import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** From the package's own manifest, wherever this code was bundled to. */
function readVersion(): string {
  for (let at = import.meta.dirname; dirname(at) !== at; at = dirname(at)) {
    try {
      const manifest = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as { name?: string; version?: string };
      if (manifest.name === "trimast") return manifest.version ?? "unknown";
    } catch {
      // Not here: one further up.
    }
  }
  return "unknown";
}

export const VERSION: string = readVersion();
