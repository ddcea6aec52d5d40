import { type FieldError, invalid, required, tooLong } from "../../../kube/meta/index.js";
import { dnsLabel, dnsSubdomain, type Format } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { SIGNER_BYTES_MAX, SIGNER_DOMAIN_BYTES_MAX } from "../limits.js";
import type { Errors } from "../shared/rules.js";

const FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'";

/** Of the first label that is wrong: more would say the same. */
function labelErrors(path: string, segment: string, format: Format): Errors {
  for (const label of segment.split(".")) {
    const wrong = format(label);
    if (wrong.length > 0) return wrong.map((m) => invalid(path, segment, `validating label ${JSON.stringify(label)}: ${m}`));
  }
  return [];
}
/** "example.com/signer" */
export function signerNameErrors(path: string, name: string): Errors {
  if (name === "") return [required(path)];
  const [domain, rest, ...more] = name.split("/");
  if (domain === undefined || rest === undefined || more.length > 0) return [invalid(path, name, FORM)];
  const errors: FieldError[] = [];
  if (byteLength(domain) > SIGNER_DOMAIN_BYTES_MAX) errors.push(tooLong(path, SIGNER_DOMAIN_BYTES_MAX));
  errors.push(...labelErrors(path, domain, dnsLabel));
  if (!domain.includes(".")) errors.push(invalid(path, domain, "should be a domain with at least two segments separated by dots"));
  errors.push(...labelErrors(path, rest, dnsSubdomain));
  if (byteLength(name) > SIGNER_BYTES_MAX) errors.push(tooLong(path, SIGNER_BYTES_MAX));
  return errors;
}
