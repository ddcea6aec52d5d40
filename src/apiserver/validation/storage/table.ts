import type { RulesTable } from "../types.js";
import { STORAGE_CLASS, VOLUME_ATTRIBUTES_CLASS } from "./classes.js";
import { CSI_DRIVER, CSI_NODE, CSI_STORAGE_CAPACITY } from "./csi.js";
import { VOLUME_ATTACHMENT } from "./volume-attachment.js";

export const STORAGE: RulesTable = {
  "storage.k8s.io/CSIDriver": CSI_DRIVER,
  "storage.k8s.io/CSINode": CSI_NODE,
  "storage.k8s.io/CSIStorageCapacity": CSI_STORAGE_CAPACITY,
  "storage.k8s.io/StorageClass": STORAGE_CLASS,
  "storage.k8s.io/VolumeAttachment": VOLUME_ATTACHMENT,
  "storage.k8s.io/VolumeAttributesClass": VOLUME_ATTRIBUTES_CLASS,
};
