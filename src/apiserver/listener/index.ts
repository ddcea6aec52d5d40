export { type ListenAt, type Listener, type ListenerOptions, listen } from "./listener.js";
