/** Longest driver name and domain of a device's attribute, in characters. */
export const DOMAIN_MAX = 63;
/** Longest identifier of an attribute or capacity, in characters. */
export const IDENTIFIER_MAX = 32;
/** Longest text of an attribute, in characters. */
export const ATTRIBUTE_MAX = 64;
/** Attributes and capacities of one device. */
export const ATTRIBUTES_MAX = 32;
/** Worst cost of a device selector that may be stored. */
export const SELECTOR_COST_MAX = 1_000_000;
