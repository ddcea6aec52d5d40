import { forbidden, type Json, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import { isPods, podSpec } from "../pods.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

/** A pod's priority is its class's, or the global default's; what it says itself must agree. */
export function priority(reader: AdmissionReader): AdmissionPlugin {
  return {
    name: "Priority",
    admit: async (request) => {
      const { object, old } = request;
      if (!object || !isPods(request) || request.subresource !== "") return;
      if (request.operation === "UPDATE" && old) keepPriority(podSpec(object), podSpec(old));
      else if (request.operation === "CREATE") await resolve(reader, request, podSpec(object));
    },
    validate: async (request) => {
      const { object, row } = request;
      if (!object || row.group !== "scheduling.k8s.io" || row.resource !== "priorityclasses" || object["globalDefault"] !== true) return;
      const other = (await classes(reader)).find((c) => c["globalDefault"] === true && c.metadata.name !== object.metadata.name);
      if (!other) return;
      const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
      throw forbidden({ group: row.group, resource: row.resource }, request.name, why);
    },
  };
}
const classes = (reader: AdmissionReader): Promise<readonly KubeObject[]> => reader.list("scheduling.k8s.io", "priorityclasses", "");

function keepPriority(spec: JsonObject, old: JsonObject): void {
  for (const field of ["priority", "preemptionPolicy"])
    if (spec[field] === undefined && old[field] !== undefined) spec[field] = old[field] as Json;
}

async function resolve(reader: AdmissionReader, request: AdmissionRequest, spec: JsonObject): Promise<void> {
  const found = await classOf(reader, request, spec);
  if (found.name !== "") spec["priorityClassName"] = found.name;
  const refuse = (what: string, given: Json, computed: Json): never => {
    const why = `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
    throw forbidden({ group: "", resource: "pods" }, request.name, why);
  };
  if (spec["priority"] !== undefined && spec["priority"] !== found.value)
    refuse("integer value of priority", spec["priority"] as Json, found.value);
  spec["priority"] = found.value;
  const policy = spec["preemptionPolicy"];
  if (policy !== undefined && policy !== found.preemption) refuse("string value of PreemptionPolicy", policy, found.preemption);
  spec["preemptionPolicy"] = found.preemption;
}

interface PriorityOf {
  readonly name: string;
  readonly value: number;
  readonly preemption: string;
}
async function classOf(reader: AdmissionReader, request: AdmissionRequest, spec: JsonObject): Promise<PriorityOf> {
  const name = spec["priorityClassName"];
  if (typeof name === "string" && name !== "") {
    const found = await reader.get("scheduling.k8s.io", "priorityclasses", "", name);
    if (found) return described(found);
    throw forbidden({ group: "", resource: "pods" }, request.name, `no PriorityClass with name ${name} was found`);
  }
  // Two defaults can be there for a moment; the lower one harms less.
  const defaults = (await classes(reader)).filter((c) => c["globalDefault"] === true).map(described);
  return defaults.sort((a, b) => a.value - b.value)[0] ?? { name: "", value: 0, preemption: "PreemptLowerPriority" };
}
const described = (c: KubeObject): PriorityOf => ({
  name: c.metadata.name ?? "",
  value: Number(c["value"] ?? 0),
  preemption: String(c["preemptionPolicy"] ?? "PreemptLowerPriority"),
});
