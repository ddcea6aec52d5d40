import { SelectorError } from "./label-selector.js";

export interface FieldTerm {
  readonly label: string;
  readonly equal: boolean;
  readonly value: string;
}
/** All must hold. */
export type FieldSelector = readonly FieldTerm[];

const SPLIT_TERMS = /(?:\\.|[^\\,])+/gs;
const OPERATOR = /!=|==|=/;

/** "metadata.name=x,status.phase!=Running". Throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  return (text.match(SPLIT_TERMS) ?? []).sort().map((term) => {
    const found = OPERATOR.exec(term);
    if (!found) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    return { label: term.slice(0, found.index), equal: found[0] !== "!=", value: unescaped(term.slice(found.index + found[0].length)) };
  });
}

function unescaped(value: string): string {
  let plain = "";
  for (let i = 0; i < value.length; i++) {
    const c = value[i] as string;
    if (c === "\\") {
      const next = value[++i];
      if (next === undefined || !"\\,=".includes(next))
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ""}`);
      plain += next;
    } else if (c === "," || c === "=") throw new SelectorError(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`);
    else plain += c;
  }
  return plain;
}
