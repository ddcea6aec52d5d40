/** Paths within an object, as errors name them: "" is the object itself. */
export const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
export const shown = (path: string): string => (path === "" ? "<nil>" : path);
