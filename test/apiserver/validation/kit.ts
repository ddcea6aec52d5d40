import { rulesOf } from "../../../src/apiserver/validation/index.js";
import { type KubeObject, textOf } from "../../../src/kube/meta/index.js";
import { applyDefaults, decodeJson, kindSchema } from "../../../src/kube/schema/index.js";

/** Rules of a kind, told as texts; objects go through decoding and defaults first, as requests do. */
export function kindOf(group: string, kind: string, version = "v1") {
  const schema = kindSchema({ group, version, kind });
  const rules = rulesOf(group, kind);
  if (schema === undefined || rules === undefined) throw new Error(`no ${group}/${kind}`);
  const object = (body: object): KubeObject => {
    const whole = { apiVersion: group === "" ? version : `${group}/${version}`, kind, metadata: { name: "x", namespace: "n" }, ...body };
    return applyDefaults(schema, decodeJson(JSON.stringify(whole), schema, { fieldValidation: "ignore" }).object);
  };
  return {
    object,
    created: (body: object): readonly string[] => rules.create(object(body)).map(textOf),
    updated: (body: object, old: object): readonly string[] => rules.update(object(body), object(old)).map(textOf),
    part: (name: string, body: object, old: object): readonly string[] =>
      (rules.parts?.[name]?.(object(body), object(old)) ?? []).map(textOf),
    warnings: (body: object, old?: object): readonly string[] => rules.warnings?.(object(body), old && object(old)) ?? [],
  };
}
