import { MESSAGES, UNIONS } from "./gen/messages.js";

/**
 * Reads gen/messages.ts. A package is a line "@its OpenAPI prefix group/version", each message a line under it:
 *   Name:FLAGS[:positions] field field ...
 * FLAGS: K has apiVersion and kind, a atomic, h not in OpenAPI. Positions: where each field (inlined ones spread, by protobuf number) stands
 * in print, base 36; absent when that is the order of numbers.
 *   field = jsonName,number,type,flags[,Kkeys+of+list][,PmergeKey][,Eenum+values][,Ddefault]
 * type: * list of, % map to, s string, b boolean, i int32, l int64, d double, y bytes, t Time, u MicroTime, D Duration, q Quantity,
 * o IntOrString, a any, A/B/C JSON schema or array/boolean/strings, L a list in a message of its own, .Name or 12.Name a message of this or of
 * the package of that index. flags: p pointer, o left out when zero, r required, n inlined, S set, M map list, a atomic map, m merge,
 * e replace, k retainKeys. Names and values are percent-encoded.
 */
export interface PackedMessage {
  readonly package: PackageInfo;
  readonly name: string;
  readonly isKind: boolean;
  readonly atomic: boolean;
  /** Of OpenAPI's documents. */
  readonly published: boolean;
  readonly positions: readonly number[] | undefined;
  readonly fields: readonly PackedField[];
}
export interface PackedField {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly flags: string;
  readonly keys: readonly string[];
  readonly mergeKey: string;
  readonly enum: readonly string[];
  /** JSON text. */
  readonly default: string | undefined;
}
export interface PackageInfo {
  /** "io.k8s.api.core.v1" */
  readonly name: string;
  /** "v1", "apps/v1" */
  readonly apiVersion: string;
}

interface Line {
  readonly package: PackageInfo;
  readonly from: number;
  readonly to: number;
}
interface Index {
  readonly packages: readonly PackageInfo[];
  /** By full name. Only offsets: a message is parsed when somebody asks for it. */
  readonly lines: ReadonlyMap<string, Line>;
}

let index: Index | undefined;
function readIndex(): Index {
  const packages: PackageInfo[] = [];
  const lines = new Map<string, Line>();
  let current: PackageInfo = { name: "", apiVersion: "" };
  for (let from = 1; from < MESSAGES.length; ) {
    const to = MESSAGES.indexOf("\n", from);
    if (MESSAGES[from] === "@") {
      const [name = "", apiVersion = ""] = MESSAGES.slice(from + 1, to).split(" ");
      current = { name, apiVersion };
      packages.push(current);
    } else lines.set(`${current.name}.${MESSAGES.slice(from, MESSAGES.indexOf(":", from))}`, { package: current, from, to });
    from = to + 1;
  }
  return { packages, lines };
}
function theIndex(): Index {
  index ??= readIndex();
  return index;
}

export const packageAt = (at: number): PackageInfo => theIndex().packages[at] as PackageInfo;
export const packages = (): readonly PackageInfo[] => theIndex().packages;
export const messageNames = (): Iterable<string> => theIndex().lines.keys();

/** `name` is full: "io.k8s.api.core.v1.Pod". */
export function readMessage(name: string): PackedMessage | undefined {
  const line = theIndex().lines.get(name);
  if (line === undefined) return undefined;
  const [head = "", ...fields] = MESSAGES.slice(line.from, line.to).split(" ");
  const [base = "", flags = "", positions] = head.split(":");
  return {
    package: line.package,
    name: base,
    isKind: flags.includes("K"),
    atomic: flags.includes("a"),
    published: !flags.includes("h"),
    positions: positions?.split(".").map((p) => Number.parseInt(p, 36)),
    fields: fields.map(readField),
  };
}

function readField(text: string): PackedField {
  const [name = "", number = "", type = "", flags = "", ...more] = text.split(",");
  const after = (letter: string): string | undefined => more.find((m) => m[0] === letter)?.slice(1);
  const standard = after("D");
  return {
    name: decodeURIComponent(name),
    number: Number(number),
    type,
    flags,
    keys: after("K")?.split("+") ?? [],
    mergeKey: after("P") ?? "",
    enum: after("E")?.split("+").map(decodeURIComponent) ?? [],
    default: standard === undefined ? undefined : decodeURIComponent(standard),
  };
}

/** x-kubernetes-unions of a type: which field says which member is set. */
export interface Union {
  readonly discriminator: string | undefined;
  readonly members: readonly string[];
}
export function unionsOf(name: string): readonly Union[] {
  return UNIONS.split("\n").flatMap((line) => {
    const [type, discriminator, members = ""] = line.split(" ");
    return type === name ? [{ discriminator: discriminator === "" ? undefined : discriminator, members: members.split(",") }] : [];
  });
}
