import { DiskError } from "../index.js";

type Failure = NodeJS.ErrnoException | null | undefined;

export function diskError(cause: NodeJS.ErrnoException, path: string, operation: string): DiskError {
  return new DiskError(cause.code ?? "EIO", path, operation, { cause });
}

/** One callback call as a promise that rejects with DiskError. The callback API saves the FileHandle of fs/promises. */
export function call<T>(path: string, operation: string, start: (end: (failure: Failure, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((failure, value) => {
      if (failure) reject(diskError(failure, path, operation));
      else resolve(value as T);
    });
  });
}

/** The same, with `instead` for a path that does not exist. */
export async function callIfPresent<T, U>(
  path: string,
  operation: string,
  instead: U,
  start: (end: (failure: Failure, value?: T) => void) => void,
): Promise<T | U> {
  try {
    return await call<T>(path, operation, start);
  } catch (error) {
    if (error instanceof DiskError && error.code === "ENOENT") return instead;
    throw error;
  }
}
