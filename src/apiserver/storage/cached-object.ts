import type { Bytes } from "../../base/index.js";
import type { KubeObject } from "../../kube/meta/index.js";
import { formatOf, withRevision } from "./codec.js";
import type { Stored } from "./types.js";

/** Reads stored bytes: our JSON, and Kubernetes' protobuf, of an etcd that another apiserver wrote. */
export type DecodeStored = (value: Bytes) => KubeObject;

/** One object as it is stored, with what was made from it: decoded once, encoded once for each form, for all who ask. */
export class CachedObject implements Stored {
  readonly key: string;
  readonly value: Bytes;
  readonly revision: number;
  #object: KubeObject | undefined;
  #decodedBy: DecodeStored | undefined;
  #memo: Map<string, unknown> | undefined;

  constructor(from: Stored) {
    this.key = from.key;
    this.value = from.value;
    this.revision = from.revision;
  }

  /** Shared: whoever changes it starts from a copy. In the storage version, with its resourceVersion. */
  object(decode: DecodeStored): KubeObject {
    // A custom kind's schema changes, and each of its versions reads the bytes in its own way.
    if (this.#object === undefined || this.#decodedBy !== decode) {
      this.#object = this.#decode(decode);
      this.#decodedBy = decode;
    }
    return this.#object;
  }
  #decode(decode: DecodeStored): KubeObject {
    const object = decode(this.value);
    object.metadata.resourceVersion = String(this.revision);
    return object;
  }

  /** The JSON of the storage version, its resourceVersion included, when it can be had without decoding. */
  storedJson(): Bytes | undefined {
    if (formatOf(this.value) !== "json") return undefined;
    return withRevision(this.value, this.revision);
  }

  /** What `make` gives, made once for each name as long as the object lives in the cache. */
  memo<T>(name: string, make: () => T): T {
    this.#memo ??= new Map();
    if (!this.#memo.has(name)) this.#memo.set(name, make());
    return this.#memo.get(name) as T;
  }
}
