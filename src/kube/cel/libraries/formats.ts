import { dnsLabelErrors, dnsSubdomainErrors, labelValueErrors, qualifiedNameErrors } from "../../meta/index.js";
import { listOf, objectType, optionalOf, STRING } from "../celtypes.js";
import { NOMINAL, REGEX, scale, TRAVERSAL } from "../cost.js";
import { type FunctionCost, type FunctionRow, global, member } from "../functions.js";
import { FORMAT_REGEX_MAX } from "../limits.js";
import { ArrayList, actualSize, type CelValue, Opaque, Optional } from "../values.js";
import { parseUrl } from "./go-url.js";

const FORMAT = objectType("kubernetes.NamedFormat");

class Format extends Opaque {
  readonly type = FORMAT;
  readonly name: string;
  readonly regexSize: number;
  readonly errors: (text: string) => readonly string[];
  constructor(name: string, regexSize: number, errors: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.regexSize = regexSize;
    this.errors = errors;
  }
  override equals(other: CelValue): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

const LABEL_1035_MAX = 63;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
function dns1035Errors(text: string, prefix: boolean): readonly string[] {
  const name = prefix ? text.replace(/-$/, "a") : text;
  const errors: string[] = [];
  if (name.length > LABEL_1035_MAX) errors.push(`must be no more than ${LABEL_1035_MAX} characters`);
  if (!LABEL_1035.test(name)) {
    errors.push(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    );
  }
  return errors;
}

const when = (valid: boolean, message: string): readonly string[] => (valid ? [] : [message]);
const uriErrors = (text: string): readonly string[] => {
  const parsed = parseUrl(text, { request: true });
  return parsed.kind === "url" ? [] : [parsed.message];
};
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const isDate = (text: string): boolean =>
  DATE.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/i;
export function isDateTime(text: string): boolean {
  const [date, time, ...others] = text.toLowerCase().split("t");
  const clock = others.length > 0 || time === undefined ? null : TIME.exec(time);
  return isDate(date ?? "") && clock !== null && Number(clock[1]) <= 23 && Number(clock[2]) <= 59 && Number(clock[3]) <= 59;
}
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** By the name that format.named() takes. */
const FORMATS: Readonly<Record<string, Format>> = {
  dns1123Label: new Format("DNS1123Label", 30, (text) => dnsLabelErrors(text, false)),
  dns1123Subdomain: new Format("DNS1123Subdomain", 60, (text) => dnsSubdomainErrors(text, false)),
  dns1035Label: new Format("DNS1035Label", 30, (text) => dns1035Errors(text, false)),
  qualifiedName: new Format("QualifiedName", 60, qualifiedNameErrors),
  dns1123LabelPrefix: new Format("DNS1123LabelPrefix", 30, (text) => dnsLabelErrors(text, true)),
  dns1123SubdomainPrefix: new Format("DNS1123SubdomainPrefix", 60, (text) => dnsSubdomainErrors(text, true)),
  dns1035LabelPrefix: new Format("DNS1035LabelPrefix", 30, (text) => dns1035Errors(text, true)),
  labelValue: new Format("LabelValue", 40, labelValueErrors),
  uri: new Format("URI", 1103, uriErrors),
  uuid: new Format("uuid", 73, (text) => when(UUID.test(text), "does not match the UUID format")),
  byte: new Format("byte", 84, (text) => when(BASE64.test(text), "invalid base64")),
  date: new Format("date", 69, (text) => when(isDate(text), "invalid date")),
  datetime: new Format("datetime", 69, (text) => when(isDateTime(text), "invalid datetime")),
};

const validation: FunctionCost = {
  actual: (_overload, [format, text]) =>
    format instanceof Format ? Math.ceil((1 + actualSize(text ?? null)) * TRAVERSAL) * Math.ceil(format.regexSize * REGEX) : undefined,
  estimate: (_overload, _target, [text]) => text && { cost: scale(scale(text.size, TRAVERSAL), FORMAT_REGEX_MAX * REGEX) },
};

function validate(format: CelValue | undefined, text: CelValue | undefined): CelValue {
  const errors = (format as Format).errors(text as string);
  return errors.length === 0 ? Optional.none : new Optional(new ArrayList(errors));
}

export const NAMED_FORMATS: readonly FunctionRow[] = [
  {
    name: "format.named",
    cost: NOMINAL,
    overloads: [
      global("format-named", [STRING], optionalOf(FORMAT), (name) =>
        Object.hasOwn(FORMATS, name as string) ? new Optional(FORMATS[name as string]) : Optional.none,
      ),
    ],
  },
  { name: "validate", cost: validation, overloads: [member("format-validate", [FORMAT, STRING], optionalOf(listOf(STRING)), validate)] },
  ...Object.entries(FORMATS).map(
    ([name, format]): FunctionRow => ({ name: `format.${name}`, overloads: [global(`format.${name}`, [], FORMAT, () => format)] }),
  ),
];
