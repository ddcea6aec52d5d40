import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Stage } from "./stage.js";

/** REWRITE=1 accepts what happens now. Read the difference before committing it. */
const REWRITE = process.env["REWRITE"] === "1";
const FOLDER = join(import.meta.dirname, "transcripts");
const SEPARATOR = "\n----\n";

describe("transcripts", () => {
  for (const file of readdirSync(FOLDER).sort()) {
    const path = join(FOLDER, file);
    const [script = "", expected = ""] = readFileSync(path, "utf8").split(SEPARATOR);
    test(`${file}: ${script.split("\n")[0]?.replace("# ", "")}`, () => {
      const happened = `${new Stage().run(script)}\n`;
      if (REWRITE) writeFileSync(path, script.trimEnd() + SEPARATOR + happened);
      else expect(happened).toBe(expected);
    });
  }
});
