export { type AnswerHandlers, HttpClientSession, type HttpRequest, type RequestToSend } from "./client.js";
export { HttpExchange, type HttpHandler, type Part, UNHEARD, WholeBody } from "./exchange.js";
export { type HttpHead, headOf } from "./head.js";
export { HttpServerSession } from "./session.js";
