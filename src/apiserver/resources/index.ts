export { builtinRows } from "./builtin.js";
export { type Found, ResourceTable } from "./table.js";
export type {
  ActionSubresource,
  ConnectSubresource,
  Conversion,
  DeleteOptions,
  Grace,
  ObjectReader,
  PartSubresource,
  ResourceRow,
  ScaleSubresource,
  ServedVersion,
  StoredAs,
  Strategy,
  Subresource,
  User,
  Verb,
  WriteContext,
} from "./types.js";
export { VERBS } from "./types.js";
