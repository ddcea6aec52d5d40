import type { JsonObject, KubeObject } from "../../kube/meta/index.js";
import { groupResourceText } from "../../kube/meta/index.js";
import { at, balancerAddresses, few, labels, list, NONE, selector, strings, text, UNSET } from "./cells.js";
import { AGE, NAME, named, nameOf, string, table, wide } from "./columns.js";
import type { Printer } from "./types.js";

function externalIp(o: KubeObject): string {
  const own = strings(at(o, "spec", "externalIPs"));
  switch (at(o, "spec", "type")) {
    case "ClusterIP":
    case "NodePort":
      return own.join(",") || NONE;
    case "LoadBalancer":
      return [...balancerAddresses(at(o, "status", "loadBalancer")), ...own].join(",") || "<pending>";
    case "ExternalName":
      return text(at(o, "spec", "externalName"));
    default:
      return "<unknown>";
  }
}
function ports(o: KubeObject): string {
  const all = list(at(o, "spec", "ports")).map((p) => {
    const node = Number(p["nodePort"] ?? 0);
    return `${p["port"]}${node > 0 ? `:${node}` : ""}/${text(p["protocol"])}`;
  });
  return all.join(",") || NONE;
}

const HOSTS_SHOWN = 3;
/** The first three hosts; whether more follow is counted in rules. */
function hosts(o: KubeObject): string {
  const rules = list(at(o, "spec", "rules"));
  const shown: string[] = [];
  let more = false;
  for (const rule of rules) {
    if (shown.length === HOSTS_SHOWN) more = true;
    else if (text(rule["host"]) !== "") shown.push(text(rule["host"]));
  }
  if (shown.length === 0) return "*";
  return `${shown.join(",")}${more ? ` + ${rules.length - HOSTS_SHOWN} more...` : ""}`;
}

function parameters(o: KubeObject): string {
  const p = at(o, "spec", "parameters") as JsonObject | undefined;
  if (!p) return NONE;
  const group = p["apiGroup"];
  return `${text(p["kind"])}${group === undefined || group === null ? "" : `.${text(group)}`}/${text(p["name"])}`;
}
function parentRef(o: KubeObject): string {
  const p = at(o, "spec", "parentRef") as JsonObject | undefined;
  if (!p) return NONE;
  const resource = groupResourceText({ group: text(p["group"]), resource: text(p["resource"]) }).toLowerCase();
  const namespace = text(p["namespace"]);
  return `${resource}${namespace === "" ? "" : `/${namespace}`}/${text(p["name"])}`;
}

const hostPort = (ip: string, port: string): string => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);
/** Ready addresses only, once for each port. */
function endpoints(o: KubeObject): string {
  const subsets = list(o["subsets"] as JsonObject[] | undefined);
  if (subsets.length === 0) return NONE;
  const all = subsets.flatMap((s) => {
    const addresses = list(s["addresses"]).map((a) => text(a["ip"]));
    const own = list(s["ports"]);
    return own.length === 0 ? addresses : own.flatMap((p) => addresses.map((ip) => hostPort(ip, text(p["port"], "0"))));
  });
  return few(all, "");
}
const slicePorts = (o: KubeObject): string =>
  few(
    list(o["ports"] as JsonObject[] | undefined).map((p) => {
      const name = p["name"];
      return text(p["port"], name === undefined || name === null ? "*" : String(name));
    }),
    UNSET,
  );
const sliceEndpoints = (o: KubeObject): string =>
  few(
    list(o["endpoints"] as JsonObject[] | undefined).flatMap((e) => strings(e["addresses"])),
    UNSET,
  );

const isDefault = (o: KubeObject): boolean => o.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";

export const NETWORK: Readonly<Record<string, Printer>> = {
  "/Service": table(
    NAME,
    string("Type", (o) => text(at(o, "spec", "type"))),
    string("Cluster-IP", (o) => text(strings(at(o, "spec", "clusterIPs"))[0], NONE)),
    string("External-IP", externalIp),
    string("Port(s)", ports),
    AGE,
    wide("Selector", (o) => labels(at(o, "spec", "selector"))),
  ),
  "/Endpoints": table(NAME, string("Endpoints", endpoints), AGE),
  "networking.k8s.io/Ingress": table(
    NAME,
    string("Class", (o) => text(at(o, "spec", "ingressClassName"), NONE)),
    string("Hosts", hosts),
    string("Address", (o) => balancerAddresses(at(o, "status", "loadBalancer")).join(",")),
    string("Ports", (o) => (list(at(o, "spec", "tls")).length > 0 ? "80, 443" : "80")),
    AGE,
  ),
  "networking.k8s.io/IngressClass": table(
    named("Name", (o) => nameOf(o) + (isDefault(o) ? " (default)" : "")),
    string("Controller", (o) => text(at(o, "spec", "controller"))),
    string("Parameters", parameters),
    AGE,
  ),
  "networking.k8s.io/NetworkPolicy": table(
    NAME,
    string("Pod-Selector", (o) => selector(at(o, "spec", "podSelector"))),
    AGE,
  ),
  "networking.k8s.io/ServiceCIDR": table(
    NAME,
    string("CIDRs", (o) => strings(at(o, "spec", "cidrs")).join(",")),
    AGE,
  ),
  "networking.k8s.io/IPAddress": withHiddenAge(table(NAME, string("ParentRef", parentRef))),
  "discovery.k8s.io/EndpointSlice": table(
    NAME,
    string("AddressType", (o) => text(o["addressType"] as string | undefined)),
    string("Ports", slicePorts),
    string("Endpoints", sliceEndpoints),
    AGE,
  ),
};
/** Rows of IP addresses have a cell more than there are columns, as the original's have. */
function withHiddenAge(printer: Printer): Printer {
  return { ...printer, cells: (o, now) => [...printer.cells(o, now), AGE.cell(o, now)] };
}
