import { defineConfig } from "vitest/config";
import { countReporter } from "./test/kit/reporter.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { TRIMAST_VERIFY: "1" },
    reporters: [countReporter, "default"],
  },
});
