export { accountUser, ISSUER, ServiceAccountTokens, type TokenAnswer } from "./authenticator.js";
export { type TokenClaims, TokenKey } from "./jwt.js";
