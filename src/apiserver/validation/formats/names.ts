import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from "../../../kube/meta/index.js";
import { byteLength, longText, patternText } from "./text.js";

/** Formats of texts that are no object's name (those are in kube/meta): each gives what is wrong, nothing when it fits. */
export type Format = (value: string) => readonly string[];

export const dnsLabel: Format = (value) => dnsLabelErrors(value, false);
export const dnsSubdomain: Format = (value) => dnsSubdomainErrors(value, false);
export const qualifiedName: Format = qualifiedNameErrors;

const matching =
  (pattern: RegExp, max: number, text: string): Format =>
  (value) => [...(byteLength(value) > max ? [longText(max)] : []), ...(pattern.test(value) ? [] : [text])];

const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LOOSE = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";

/** A DNS search path. */
export const subdomainWithUnderscore: Format = matching(
  new RegExp(`^${LOOSE}$`),
  253,
  patternText(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    LOOSE,
    "example.com",
  ),
);
export const dns1035Label: Format = matching(
  new RegExp(`^${LABEL_1035}$`),
  63,
  patternText(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    LABEL_1035,
    "my-name",
    "abc-123",
  ),
);
export const wildcardSubdomain: Format = matching(
  new RegExp(`^\\*\\.${SUBDOMAIN}$`),
  253,
  patternText(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    `\\*\\.${SUBDOMAIN}`,
    "*.example.com",
  ),
);

const IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
export const cIdentifier: Format = matching(
  new RegExp(`^${IDENTIFIER}$`),
  Number.POSITIVE_INFINITY,
  patternText(
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    IDENTIFIER,
    "my_name",
    "MY_NAME",
    "MyName",
  ),
);

export const portName: Format = (value) => [
  ...(byteLength(value) > 15 ? [longText(15)] : []),
  ...(/^[-a-z0-9]+$/.test(value) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(value) ? [] : ["must contain at least one letter (a-z)"]),
  ...(value.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(value) ? ["must not begin or end with a hyphen"] : []),
];

export const percent: Format = matching(
  /^[0-9]+%$/,
  Number.POSITIVE_INFINITY,
  patternText("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%"),
);
export const httpHeader: Format = matching(
  /^[-A-Za-z0-9]+$/,
  Number.POSITIVE_INFINITY,
  patternText("a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+", "X-Header-Name"),
);
export const envName: Format = (value) => [
  ...(value === "" ? ["environment variable name must be non-empty"] : []),
  ...(/^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]),
];
export const configKey: Format = (value) => [
  ...(byteLength(value) > 253 ? [longText(253)] : []),
  ...(/^[-._a-zA-Z0-9]+$/.test(value)
    ? []
    : [
        patternText(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          "[-._a-zA-Z0-9]+",
          "key.name",
          "KEY_NAME",
          "key-name",
        ),
      ]),
  ...(value === "."
    ? ["must not be '.'"]
    : value === ".."
      ? ["must not be '..'"]
      : value.startsWith("..")
        ? ["must not start with '..'"]
        : []),
];
