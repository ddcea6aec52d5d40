/** Standard base64 as Go's decoder takes it: padded, line breaks ignored, bits behind the last byte ignored. */
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
const DECODABLE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The same bytes as they are printed; a number: the first byte that is wrong. */
export function canonicalBase64(text: string): string | number {
  if (CANONICAL.test(text)) return text;
  const joined = text.replace(/[\r\n]/g, "");
  if (DECODABLE.test(joined)) return Buffer.from(joined, "base64").toString("base64");
  const wrong = text.search(/[^A-Za-z0-9+/\r\n]/);
  return wrong < 0 ? text.length : wrong;
}
