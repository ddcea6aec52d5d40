/** Attempts of a write that loses to others before it is given up: far beyond what contention does. */
export const UPDATE_ATTEMPTS_MAX = 100;
/** Kubernetes: attempts to find a free generated name. */
export const GENERATE_NAME_ATTEMPTS_MAX = 8;
/** Kubernetes: characters of a generateName that are kept before the random five. */
export const GENERATE_NAME_BASE_MAX = 58;
export const GENERATED_CHARACTERS = 5;
/** Objects that a deletecollection deletes at a time. */
export const DELETE_COLLECTION_PARALLEL = 10;
