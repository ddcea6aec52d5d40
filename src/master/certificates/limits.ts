/** A certificate begins so much before it is made: another machine's clock may be behind. */
export const BACKDATE_MS = 5 * 60_000;
/** Days of a CA, and of what it signs, unless told otherwise: kubeadm's. */
export const CA_DAYS = 3_650;
export const LEAF_DAYS = 365;
/** Random bytes of a serial number: at most 20 are allowed (RFC 5280 4.1.2.2). */
export const SERIAL_BYTES = 16;
