const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_CHARACTERS_MAX = 63;
const SUBDOMAIN_CHARACTERS_MAX = 253;

const tooLong = (max: number): string => `must be no more than ${max} characters`;
/** The random end of a generated name makes a trailing dash whole. */
const masked = (name: string, prefix: boolean): string => (prefix && name.endsWith("-") ? `${name.slice(0, -1)}a` : name);

/** RFC 1123 label: namespaces, services, stateful sets. */
export function dnsLabelErrors(given: string, prefix: boolean): readonly string[] {
  const name = masked(given, prefix);
  const errors = name.length > LABEL_CHARACTERS_MAX ? [tooLong(LABEL_CHARACTERS_MAX)] : [];
  if (DNS_LABEL.test(name)) return errors;
  const form =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  return [...errors, name.includes(".") && DNS_SUBDOMAIN.test(name) ? "must not contain dots" : form];
}

/** RFC 1123 subdomain: most kinds. */
export function dnsSubdomainErrors(given: string, prefix: boolean): readonly string[] {
  const name = masked(given, prefix);
  const errors = name.length > SUBDOMAIN_CHARACTERS_MAX ? [tooLong(SUBDOMAIN_CHARACTERS_MAX)] : [];
  if (DNS_SUBDOMAIN.test(name)) return errors;
  return [
    ...errors,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ];
}

/** What fits between two slashes: RBAC kinds, and every name there is. */
export function pathSegmentErrors(name: string, prefix: boolean): readonly string[] {
  if (!prefix && name === ".") return ["may not be '.'"];
  if (!prefix && name === "..") return ["may not be '..'"];
  return [...(name.includes("/") ? ["may not contain '/'"] : []), ...(name.includes("%") ? ["may not contain '%'"] : [])];
}

const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const NAME_FORM =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const tooManyBytes = `must be no more than ${LABEL_CHARACTERS_MAX} bytes`;

/** A label's or annotation's key, a finalizer: a name, with a DNS subdomain and a slash before it or not. */
export function qualifiedNameErrors(value: string): readonly string[] {
  const parts = value.split("/");
  if (parts.length > 2) return [`a valid label key ${NAME_FORM} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1) as string;
  const prefix = parts.length === 2 ? (parts[0] as string) : undefined;
  const errors: string[] = [];
  if (prefix === "") errors.push("prefix part must be non-empty");
  else if (prefix !== undefined)
    for (const text of dnsSubdomainErrors(prefix, false))
      errors.push(`prefix part ${text.replace("characters", prefix.length > SUBDOMAIN_CHARACTERS_MAX ? "bytes" : "characters")}`);
  if (name === "") errors.push("name part must be non-empty");
  else if (Buffer.byteLength(name) > LABEL_CHARACTERS_MAX) errors.push(`name part ${tooManyBytes}`);
  if (!NAME_PART.test(name)) errors.push(`name part ${NAME_FORM}`);
  return errors;
}

export function labelValueErrors(value: string): readonly string[] {
  const errors = Buffer.byteLength(value) > LABEL_CHARACTERS_MAX ? [tooManyBytes] : [];
  if (LABEL_VALUE.test(value)) return errors;
  return [
    ...errors,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ];
}
