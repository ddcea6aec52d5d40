import { equalJson, forbiddenField, invalid, type JsonObject, type KubeObject, required, tooLong } from "../../../kube/meta/index.js";
import { inlineVolumeErrors } from "../core/persistent-volume.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength, rangeText } from "../formats/text.js";
import { ATTACHMENT_BYTES_MAX, ATTACHMENT_MESSAGE_BYTES_MAX, INT32_MAX } from "../limits.js";
import { csiDriverName } from "../shared/csi.js";
import { internalForm } from "../shared/internal-form.js";
import { metaOf } from "../shared/meta-of.js";
import { child, field, optionalText, optionalWhole, text, textEntries } from "../shared/read.js";
import { type Errors, IMMUTABLE, NONE, ofFormat } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const SOURCE = "spec.source";
const EXACTLY_ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

function sourceErrors(source: JsonObject): Errors {
  const [inline, name] = [child(source, "inlineVolumeSpec"), optionalText(source, "persistentVolumeName")];
  if (inline === undefined && name === undefined) return [required(SOURCE, EXACTLY_ONE)];
  if (inline !== undefined && name !== undefined) return [forbiddenField(SOURCE, EXACTLY_ONE)];
  if (inline !== undefined) return inlineVolumeErrors(inline, `${SOURCE}.inlineVolumeSpec`);
  return name === "" ? [required(`${SOURCE}.persistentVolumeName`, "must specify non empty persistentVolumeName")] : NONE;
}
function failureErrors(status: JsonObject, name: string): Errors {
  const [failure, path] = [child(status, name), `status.${name}`];
  const code = optionalWhole(failure, "errorCode");
  return [
    // The limit that is told is another one's.
    ...(byteLength(text(failure, "message")) > ATTACHMENT_MESSAGE_BYTES_MAX ? [tooLong(`${path}.message`, ATTACHMENT_BYTES_MAX)] : NONE),
    ...(code !== undefined && code < 0 ? [invalid(`${path}.errorCode`, code, rangeText(0, INT32_MAX))] : NONE),
  ];
}
function statusErrors(status: JsonObject): Errors {
  const bytes = textEntries(status, "attachmentMetadata").reduce((sum, [k, v]) => sum + byteLength(k) + byteLength(v), 0);
  return [
    ...(bytes > ATTACHMENT_BYTES_MAX ? [tooLong("status.attachmentMetadata", ATTACHMENT_BYTES_MAX)] : NONE),
    ...failureErrors(status, "attachError"),
    ...failureErrors(status, "detachError"),
  ];
}
function attachmentErrors(o: KubeObject): Errors {
  const spec = specOf(o);
  const name = optionalText(child(spec, "source"), "persistentVolumeName");
  return [
    ...metaOf(o, { namespaced: false }),
    ...csiDriverName("spec.attacher", text(spec, "attacher")),
    ...sourceErrors(child(spec, "source") ?? {}),
    ...ofFormat("spec.nodeName", text(spec, "nodeName"), dnsSubdomain),
    ...statusErrors(statusOf(o)),
    ...(name === undefined ? NONE : ofFormat(`${SOURCE}.persistentVolumeName`, name, dnsSubdomain)),
  ];
}
const updateErrors = (o: KubeObject, old: KubeObject): Errors => [
  ...attachmentErrors(o),
  ...(equalJson(field(o, "spec") ?? null, field(old, "spec") ?? null) ? NONE : [invalid("spec", internalForm(specOf(o)), IMMUTABLE)]),
];
export const VOLUME_ATTACHMENT: KindRules = {
  ownMetadata: "all",
  create: attachmentErrors,
  update: updateErrors,
  parts: { status: updateErrors },
};
