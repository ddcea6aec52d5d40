export { JsonError, JsonNumber, type JsonValue, lineAndColumn, parseJson, positionOf } from "./json.js";
export { EMPTY, Reader, readCounter, readInt64, readSigned, readUint64, Writer, writeCounter, writeId } from "./protobuf.js";
export { messageFromJson, messageToJson } from "./protojson.js";
export { bytesFieldSize, fieldSize, idVarint, putBytesField, putField, putVarint, varintSize } from "./varint.js";
