import type { KubeObject } from "../../kube/meta/index.js";
import type { ResourceRow, Strategy } from "../resources/index.js";
import { CLEANUP, PENDING, withCondition } from "./conditions.js";
import { flag, statusOf, text, texts, versionsOf } from "./read.js";

/** The row of definitions themselves, with what only this room knows of them. */
export function definitionRow(row: ResourceRow): ResourceRow {
  const { prepareForCreate, prepareForUpdate } = row.strategy;
  const strategy: Strategy = {
    ...row.strategy,
    defaultPropagation: "none",
    prepareForCreate: (object, context) => {
      prepareForCreate?.(object, context);
      keepStored(object);
    },
    prepareForUpdate: (object, old, context) => {
      prepareForUpdate?.(object, old, context);
      keepStored(object);
    },
    deleting: (object) => {
      const finalizers = object.metadata.finalizers ?? [];
      if (!finalizers.includes(CLEANUP)) object.metadata.finalizers = [...finalizers, CLEANUP];
      object["status"] = withCondition(statusOf(object), PENDING, object.metadata.deletionTimestamp as string);
    },
  };
  return { ...row, strategy };
}

/** A version that objects were ever stored in is remembered until somebody says that none is left. */
function keepStored(object: KubeObject): void {
  const storage = versionsOf(object).find((v) => flag(v, "storage"));
  const status = statusOf(object);
  const stored = texts(status, "storedVersions");
  if (storage === undefined || stored.includes(text(storage, "name"))) return;
  object["status"] = { ...EMPTY_STATUS, ...status, storedVersions: [...stored, text(storage, "name")] };
}
/** As the system prints what is not there yet. */
const EMPTY_STATUS = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null };
