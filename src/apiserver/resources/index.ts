export { builtinRows } from "./builtin.js";
export { type CustomDefinition, type CustomRules, customRow, type DefinedVersion, type KindOfVersion } from "./custom.js";
export { type Found, ResourceTable } from "./table.js";
export type {
  ActionSubresource,
  ConnectSubresource,
  Conversion,
  CustomColumn,
  CustomFacts,
  DeleteOptions,
  Grace,
  ObjectReader,
  PartSubresource,
  ResourceRow,
  ScalePaths,
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
export { compareVersions } from "./versions.js";
