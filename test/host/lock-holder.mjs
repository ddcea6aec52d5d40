// Holds the abstract-socket lock of a directory, as the node disk names it, until it is killed.
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const directory = process.argv[2];
const { dev, ino } = statSync(directory);
createServer().listen({ path: `\0trimast-lock-${dev}-${ino}` }, () => {
  writeFileSync(join(directory, "LOCK"), `${process.pid} 0\n`);
  process.send("held");
});
