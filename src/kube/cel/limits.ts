/** Largest request; bounds what an unbounded schema can hold. Kubernetes: 3 MiB. */
export const REQUEST_BYTES_MAX = 3 * 1024 * 1024;
/** Cost of one evaluation. Kubernetes: PerCallLimit. */
export const CALL_COST_MAX = 1_000_000;
/** Cost of all rules of one object. Kubernetes: RuntimeCELCostBudget. */
export const OBJECT_COST_MAX = 10_000_000;
/** Estimated cost of one rule of a CRD. */
export const RULE_ESTIMATE_MAX = 10_000_000;
/** Estimated cost of all rules of a CRD. */
export const SCHEMA_ESTIMATE_MAX = 100_000_000;
/** Code points of an expression. cel-go's default. */
export const EXPRESSION_CODE_POINTS_MAX = 100_000;
/** Nesting of an expression. cel-go's default. */
export const RECURSION_MAX = 250;
/** Errors reported for one expression. */
export const ERRORS_MAX = 100;
/** Attempts of the parser to go on after a syntax error. */
export const RECOVERIES_MAX = 30;
/** Longest line that is shown under an error, in characters. */
export const SNIPPET_MAX = 16_384;
export const MIN_STRING_BYTES = 2;
export const DURATION_BYTES_MAX = 32;
export const DURATION_BYTES_MIN = 3;
export const DATETIME_BYTES_MAX = 32;
export const DATETIME_BYTES_MIN = 21;
export const DATE_BYTES = 12;
/** Longest name format, in characters. */
export const FORMAT_MAX = 64;
/** Longest regular expression of a name format. */
export const FORMAT_REGEX_MAX = 128;
/** Nodes that one macro may write twice. */
export const COPIED_NODES_MAX = 10_000;
/** Elements that one function may make: beyond it the cost limit is long exceeded. */
export const LIST_ELEMENTS_MAX = 1_000_000;
/** Tokens skipped after one syntax error. cel-go's default. */
export const SKIPPED_TOKENS_MAX = 256;
/** UTF-16 units of a text that one function may make. Source: ours; the cost of making it does not count what comes out. */
export const TEXT_MAX = 64 * 1024 * 1024;
/** Elements looked at in one evaluation. Source: ours; a second or so. */
export const ELEMENTS_MAX = 5_000_000;
/** Parts of the type of one node. Source: ours; types of nested maps can double with every level. */
export const TYPE_PARTS_MAX = 10_000;
