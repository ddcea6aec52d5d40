import type { KubeObject } from "../../kube/meta/index.js";

export interface Dangling {
  readonly type: "Dangling";
  readonly status: "True" | "False";
  readonly reason: "NotFound" | "Found";
  readonly message: string;
}
interface FlowSchemaView {
  readonly spec?: { readonly priorityLevelConfiguration?: { readonly name?: string } };
  readonly status?: { readonly conditions?: readonly Partial<Record<keyof Dangling, string>>[] };
}

/** What a flow schema should say about the priority level that it names; undefined where it says so already. */
export function danglingOf(schema: KubeObject, levels: ReadonlySet<string>): Dangling | undefined {
  const { spec, status } = schema as unknown as FlowSchemaView;
  const level = spec?.priorityLevelConfiguration?.name ?? "";
  const names = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const due: Dangling = levels.has(level)
    ? { type: "Dangling", status: "False", reason: "Found", message: `${names} and it exists` }
    : { type: "Dangling", status: "True", reason: "NotFound", message: `${names} but there is no such object` };
  const said = status?.conditions?.find((c) => c.type === "Dangling");
  const isSaid = said?.status === due.status && said.reason === due.reason && said.message === due.message;
  return isSaid ? undefined : due;
}
