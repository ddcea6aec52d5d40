import {
  badRequest,
  type FieldSelector,
  type KubeObject,
  type LabelSelector,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from "../../kube/meta/index.js";
import { storedObjects } from "../registry/index.js";
import type { CachedObject } from "../storage/index.js";
import type { Exchange } from "./exchange.js";

/** Objects that are stored nowhere, by the selectors of the request. */
export function selected(x: Exchange, objects: readonly KubeObject[]): readonly KubeObject[] {
  const labels = labelsOf(x.info.query.get("labelSelector") ?? "");
  const fields = fieldsOf(x, x.info.query.get("fieldSelector") ?? "");
  return objects.filter((o) => matchesLabels(labels, o.metadata.labels) && fields.every((holds) => holds(o)));
}

/** Which objects a list or watch is about. */
export interface Filter {
  /** No selector: nothing is decoded to find out. */
  readonly all: boolean;
  matches(item: CachedObject): boolean;
}

export function filterOf(x: Exchange, options: { readonly labelSelector: string; readonly fieldSelector: string }): Filter {
  const labels = labelsOf(options.labelSelector);
  const fields = fieldsOf(x, options.fieldSelector);
  const { decode } = storedObjects(x.found.row);
  const named = x.info.name;
  return {
    all: labels.length === 0 && fields.length === 0 && named === "",
    matches: (item) => {
      const object = item.object(decode);
      if (named !== "" && object.metadata.name !== named) return false;
      return matchesLabels(labels, object.metadata.labels) && fields.every((holds) => holds(object));
    },
  };
}

function labelsOf(text: string): LabelSelector {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw asBadRequest(error);
  }
}
function fieldsOf(x: Exchange, text: string): readonly ((object: KubeObject) => boolean)[] {
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    throw asBadRequest(error);
  }
  return selector.map((term) => {
    const read = x.found.version.fieldLabels.get(term.label);
    if (!read) throw badRequest(unsupported(x, term.label));
    return (object: KubeObject) => (read(object) === term.value) === term.equal;
  });
}
/** Kinds that can be selected by nothing but their names say so in other words, and two in words of their own. */
function unsupported({ found: { row, version } }: Exchange, label: string): string {
  if (row.group === "batch" && row.kind === "Job") return `field label ${JSON.stringify(label)} not supported for Job`;
  if (row.kind === "ResourceSlice") return `field label not supported for ${row.group}/${version.name}, Kind=${row.kind}: ${label}`;
  const byNameOnly = version.fieldLabels.size === 2 && version.fieldLabels.has("metadata.namespace") && version.schema().protobuf;
  return byNameOnly
    ? `${JSON.stringify(label)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${label}`;
}
const asBadRequest = (error: unknown): unknown => (error instanceof SelectorError ? badRequest(error.message) : error);
