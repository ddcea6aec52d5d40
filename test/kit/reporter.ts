import type { Reporter, TestModule } from "vitest/node";

/** One line that a program can read, before the runner's own summary: `N passed, N failed`. */
export const countReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((m) => [...m.children.allTests()].map((t) => t.result().state));
    const passed = tests.filter((state) => state === "passed").length;
    // A file that could not be loaded and an error outside any test are failures, too.
    const broken = modules.filter(
      (m) => m.state() === "failed" && [...m.children.allTests()].every((t) => t.result().state !== "failed"),
    ).length;
    const failed = tests.filter((state) => state === "failed").length + broken + errors.length;
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  },
};
