import type { KubeObject } from "../../kube/meta/index.js";
import type { ResourceRow, Strategy } from "../resources/index.js";
import { definitionErrors, definitionStatusErrors, definitionUpdateErrors, schemasOf } from "./checks/definition.js";
import { someSchema } from "./checks/props.js";
import { CLEANUP, PENDING, withCondition } from "./conditions.js";
import { flag, specOf, statusOf, text, texts, versionsOf } from "./read.js";
import { isKnownFormat } from "./values/formats.js";

/** The row of definitions themselves, with what only this room knows of them. */
export function definitionRow(row: ResourceRow): ResourceRow {
  const { prepareForCreate, prepareForUpdate } = row.strategy;
  const strategy: Strategy = {
    ...row.strategy,
    ownMetadata: true,
    validate: definitionErrors,
    validateUpdate: definitionUpdateErrors,
    warnings: formatWarnings,
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
  const subresources = row.subresources.map((s) =>
    s.kind === "part" ? { ...s, strategy: { ...s.strategy, ownMetadata: true as const, validateUpdate: definitionStatusErrors } } : s,
  );
  return { ...row, strategy, subresources };
}

/** Formats that mean nothing are ignored; who writes one should know. */
function formatWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  const known = new Set(old === undefined ? [] : unknownFormats(old));
  return unknownFormats(object)
    .filter((f) => !known.has(f))
    .map((f) => `unrecognized format ${JSON.stringify(f)}`);
}
function unknownFormats(crd: KubeObject): readonly string[] {
  const found: string[] = [];
  for (const schema of schemasOf(specOf(crd)))
    someSchema(schema, (p) => {
      const format = text(p, "format");
      if (format !== "" && !isKnownFormat(text(p, "type"), format)) found.push(format);
      return false;
    });
  return found;
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
