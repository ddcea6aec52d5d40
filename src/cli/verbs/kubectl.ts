import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { kubeconfigPath } from "../../master/cluster/index.js";
import { CliError, type ExitCode } from "../errors.js";
import { dataDirOf } from "../resolve.js";

/** The kubectl on the path with this cluster's kubeconfig; everything else goes through as it is. */
export function kubectl(args: readonly string[], flags: { readonly dataDir?: string }): Promise<ExitCode> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const kubeconfig = kubeconfigPath(dataDir);
  if (!existsSync(kubeconfig)) {
    throw new CliError("TE0201", `${dataDir} has no kubeconfig: no cluster with an API was started there`, { fix: "trimast up" });
  }
  return new Promise((done, fail) => {
    const child = spawn("kubectl", [...args], { stdio: "inherit", env: { ...process.env, KUBECONFIG: kubeconfig } });
    child.on("error", () => {
      fail(
        new CliError("TE0003", "there is no kubectl on the path", {
          fix: "https://kubernetes.io/docs/tasks/tools, or any client with KUBECONFIG set to the file kubeconfig in the data directory",
        }),
      );
    });
    child.on("exit", (code) => done((code ?? 1) as ExitCode));
  });
}
