export {
  binaryMessage,
  CLOSE,
  closeFrame,
  pingFrame,
  pongFrame,
  textMessage,
  WEBSOCKET_GUID,
  type WebSocketEvent,
  WebSocketReader,
} from "./codec.js";
