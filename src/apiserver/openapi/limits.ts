/** How long a client may keep what a hashed URL answered: a year, as the original says. */
export const EXPIRES_MS = 365 * 24 * 3_600_000;
/** Documents are compressed once and kept so; all of them together are under 1 MiB. */
export const GZIP_LEVEL = 6;
