import { describe, expect, test } from "vitest";
import {
  applyDefaults,
  childOf,
  DecodeError,
  decodeJson,
  decodeStoredJson,
  decodeYaml,
  encodeJson,
  fieldAt,
  type KindSchema,
  kindSchema,
  parseJsonBody,
  pathText,
  schemaAt,
  schemaOf,
  unionsOf,
  walk,
} from "../../../src/kube/schema/index.js";

function kind(apiVersion: string, name: string): KindSchema {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const found = kindSchema({ group, version, kind: name });
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
const POD = kind("v1", "Pod");
const DEPLOYMENT = kind("apps/v1", "Deployment");
const CONFIG_MAP = kind("v1", "ConfigMap");
const problems = (text: string, of = POD): readonly string[] => decodeJson(text, of, { fieldValidation: "strict" }).problems;
const json = (text: string, of: KindSchema): unknown => JSON.parse(encodeJson(decodeJson(text, of, { fieldValidation: "ignore" }).object));
const refusal = (text: string, of: KindSchema): string => {
  try {
    decodeJson(text, of, { fieldValidation: "warn" });
  } catch (error) {
    if (error instanceof DecodeError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return "accepted";
};

describe("the normal form", () => {
  test("prints zeros of fields that are always there, and no others", () => {
    expect(json('{"metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}}', DEPLOYMENT)).toEqual({
      kind: "Deployment",
      apiVersion: "apps/v1",
      metadata: { name: "a" },
      spec: {
        selector: null,
        strategy: {},
        template: { metadata: {}, spec: { containers: [{ name: "c", resources: {} }] } },
      },
      status: {},
    });
  });

  test("null is absent, an empty list goes, an empty struct behind a pointer stays, a pointer to zero stays", () => {
    const spec =
      '{"spec":{"replicas":0,"selector":{},"minReadySeconds":0,"template":{"spec":{"containers":null,"nodeSelector":{},"securityContext":{},"tolerations":[]}}}}';
    expect(json(spec, DEPLOYMENT)).toMatchObject({ spec: { replicas: 0, selector: {} } });
    expect(encodeJson(decodeJson(spec, DEPLOYMENT, { fieldValidation: "ignore" }).object)).toContain(
      '"spec":{"containers":null,"securityContext":{}}',
    );
  });

  test("keys of maps are kept whatever they are called", () => {
    const text = '{"data":{"__proto__":"p","constructor":"c","1":"one"}}';
    const { object } = decodeJson(text, CONFIG_MAP, { fieldValidation: "strict" });
    expect(encodeJson(object)).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{},"data":{"1":"one","__proto__":"p","constructor":"c"}}',
    );
  });
});

describe("strict decoding", () => {
  test("names unknown fields by path, in the order of the body, and with their case", () => {
    expect(problems('{"spec":{"foo":1,"containers":[{"name":"c","Image":"x"},{"zap":{"deep":1}}]},"Metadata":{}}')).toEqual([
      'unknown field "spec.foo"',
      'unknown field "spec.containers[0].Image"',
      'unknown field "spec.containers[1].zap"',
      'unknown field "Metadata"',
    ]);
  });

  test("names repeated fields and keys of maps", () => {
    const text = '{"metadata":{"labels":{"a":"1","a":"2"}},"spec":{"containers":[{"name":"c","name":"d"}],"x":1,"x":2}}';
    expect(problems(text)).toEqual([
      'duplicate field "metadata.labels.a"',
      'duplicate field "spec.containers[0].name"',
      'unknown field "spec.x"',
    ]);
  });

  test.each([
    ["a quote and a colon in a string", '{"metadata":{"annotations":{"a":"\\":\\":"}}}'],
    ["a key that ends in a backslash", '{"metadata":{"annotations":{"a\\\\":"x"}}}'],
    ["a value that begins with a colon", '{"metadata":{"annotations":{"a":":b"}}}'],
  ])("does not take %s for a repetition", (_, text) => expect(problems(text)).toEqual([]));

  test("finds a repetition beside a key that ends in a backslash", () => {
    expect(problems('{"metadata":{"annotations":{"a\\\\":"x","b":"1","b":"2"}}}')).toEqual(['duplicate field "metadata.annotations.b"']);
  });

  test("stops at a hundred, and says nothing when it is to be ignored", () => {
    const text = `{${Array.from({ length: 150 }, (_, i) => `"f${i}":1`).join(",")}}`;
    expect(problems(text)).toHaveLength(100);
    expect(decodeJson(text, POD, { fieldValidation: "ignore" }).problems).toEqual([]);
  });
});

describe("values of a wrong type", () => {
  test.each([
    [
      '{"spec":{"replicas":"3"}}',
      DEPLOYMENT,
      "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      '{"spec":{"replicas":1.5}}',
      DEPLOYMENT,
      "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      '{"spec":{"replicas":1.0}}',
      DEPLOYMENT,
      "json: cannot unmarshal number 1.0 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      '{"spec":{"replicas":3000000000}}',
      DEPLOYMENT,
      "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      '{"spec":{"containers":{}}}',
      POD,
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
    ],
    [
      '{"spec":{"containers":[{"args":"x"}]}}',
      POD,
      "json: cannot unmarshal string into Go struct field Container.spec.containers.args of type []string",
    ],
    [
      '{"spec":{"volumes":[{"fc":{"lun":true}}]}}',
      POD,
      "json: cannot unmarshal bool into Go struct field FCVolumeSource.spec.volumes.VolumeSource.fc.lun of type int32",
    ],
    ['{"data":{"a":1}}', CONFIG_MAP, "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"],
    [
      '{"spec":{"overhead":{"cpu":"x"}}}',
      POD,
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      '{"spec":{"replicas":"3"},"metadata":{"creationTimestamp":"x"}}',
      DEPLOYMENT,
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
    ['{"binaryData":{"a":"A"}}', CONFIG_MAP, "illegal base64 data at input byte 1"],
  ])("%s", (text, of, message) => expect(refusal(text, of)).toBe(`type: ${message}`));

  test("the first one of the body is told", () => {
    expect(refusal('{"spec":{"paused":1,"replicas":"x"}}', DEPLOYMENT)).toContain("spec.paused");
  });
});

describe("text that is no JSON", () => {
  test.each([
    ["{", "unexpected end of JSON input"],
    ["", "unexpected end of JSON input"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["{'a':1}", "invalid character ''' looking for beginning of object key string"],
    ['{"a":tru}', "invalid character '}' in literal true"],
    ["[1]", "json: cannot unmarshal array into Go value of type struct"],
    ['{"kind":7}', "json: cannot unmarshal number into Go struct field .kind of type string"],
  ])("%s is refused while its kind is looked for", (text, message) => {
    expect(refusal(text, POD)).toContain(`kind: couldn't get version/kind; json parse error: ${message}`);
  });

  test("nesting has a limit, for both ways of reading", () => {
    const deep = (n: number, leaf: string): string => `{"spec":${"[".repeat(n)}${leaf}${"]".repeat(n)}}`;
    expect(refusal(deep(100_000, "1"), POD)).toContain("exceeded max depth");
    expect(refusal(deep(100_000, "1e5"), POD)).toContain("exceeded max depth");
  });
});

describe("large numbers", () => {
  test("64 bits are exact; beyond that they are refused", () => {
    const text = '{"metadata":{"generation":9007199254740993},"spec":{"terminationGracePeriodSeconds":-9223372036854775808}}';
    const { object } = decodeJson(text, POD, { fieldValidation: "strict" });
    expect(object.metadata.generation).toBe(9007199254740993n);
    expect(encodeJson(object)).toContain('"terminationGracePeriodSeconds":-9223372036854775808');
    expect(decodeStoredJson(encodeJson(object))).toEqual(object);
    expect(refusal('{"metadata":{"generation":9223372036854775808}}', POD)).toContain("number 9223372036854775808 into");
  });
});

describe("YAML", () => {
  const data = (text: string): unknown =>
    decodeYaml(`spec:\n  nodeSelector:\n    a: ${text}`, POD, { fieldValidation: "ignore" }).object["spec"];

  test("words of YAML 1.1 are booleans, and so no strings", () => {
    for (const word of ["y", "n", "on", "off", "yes", "True"]) expect(() => data(word)).toThrow("cannot unmarshal bool");
    for (const word of ["010", "0x1f", "1_000", "1e3", ".5"]) expect(() => data(word)).toThrow("cannot unmarshal number");
    expect(data('"on"')).toMatchObject({ nodeSelector: { a: "on" } });
    expect(data("2026-01-01")).toMatchObject({ nodeSelector: { a: "2026-01-01" } });
    expect(data("1.2.3")).toMatchObject({ nodeSelector: { a: "1.2.3" } });
  });

  test("the first document counts, anchors and merges too", () => {
    const text = "metadata: &m\n  name: a\nspec: {nodeSelector: {<<: *m, b: c}}\n---\nkind: Other\n";
    expect(decodeYaml(text, POD, { fieldValidation: "strict" }).object).toMatchObject({ spec: { nodeSelector: { name: "a", b: "c" } } });
  });

  test("repeated keys are told by line, before the rest", () => {
    const text = "metadata:\n  name: a\n  name: b\nzzz: 1\n";
    expect(decodeYaml(text, POD, { fieldValidation: "warn" }).problems).toEqual([
      'line 3: key "name" already set in map',
      'unknown field "zzz"',
    ]);
    expect(decodeYaml(text, POD, { fieldValidation: "strict" }).problems[0]).toBe(
      'yaml: unmarshal errors:\n  line 3: key "name" already set in map',
    );
  });

  test("aliases that grow without end are refused", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`);
    expect(() => decodeYaml(lines.join("\n"), POD, { fieldValidation: "ignore" })).toThrow("excessive aliasing");
  });
});

describe("schemas", () => {
  test("say what patches, apply and validation ask for", () => {
    expect(fieldAt(POD.root, ["spec", "containers", "*", "ports"])).toMatchObject({
      patch: { strategies: ["merge"], mergeKey: "containerPort" },
      schema: { kind: "list", listType: "map", keys: ["containerPort", "protocol"] },
    });
    expect(fieldAt(POD.root, ["spec", "containers", 0, "ports", 0, "protocol"])?.default).toBe("TCP");
    expect(fieldAt(POD.root, ["spec", "volumes"])?.patch?.strategies).toEqual(["merge", "retainKeys"]);
    expect(schemaAt(DEPLOYMENT.root, ["spec", "selector"])).toMatchObject({ kind: "object", atomic: true });
    expect(fieldAt(POD.root, ["spec", "containers"])?.required).toBe(true);
    expect(unionsOf("io.k8s.api.core.v1.SeccompProfile")).toEqual([{ discriminator: "type", members: ["localhostProfile"] }]);
    expect(schemaOf("io.k8s.api.core.v1.Nothing")).toBeUndefined();
  });

  test("the same kind is the same schema", () => {
    expect(kind("v1", "Pod")).toBe(POD);
    expect(kind("apps/v1", "DeleteOptions").root).toBe(kind("v1", "DeleteOptions").root);
    expect(kindSchema({ group: "", version: "v1", kind: "PodSpec" })).toBeUndefined();
  });

  test("a walk visits parents first, with paths", () => {
    const seen: string[] = [];
    const { object } = decodeJson('{"metadata":{"labels":{"a.b":"c"}},"spec":{"containers":[{"name":"x"}]}}', POD, {
      fieldValidation: "ignore",
    });
    walk(POD.root, JSON.parse(encodeJson(object)), (v) => {
      seen.push(pathText(v.path, POD.root));
      return v.field?.name === "status" ? "skip" : "go on";
    });
    expect(seen).toContain("metadata.labels[a.b]");
    expect(seen).toContain("spec.containers[0].name");
    expect(childOf(POD.root, "spec")).toBe(schemaOf("io.k8s.api.core.v1.PodSpec"));
  });
});

test("what is read can be read before its kind is known", () => {
  expect(parseJsonBody('{"apiVersion":"apps/v1","kind":"Deployment"}')).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment" });
  const { object } = decodeJson("null", POD, { fieldValidation: "strict" });
  expect(applyDefaults(POD, object)).toMatchObject({ kind: "Pod", metadata: {} });
});
