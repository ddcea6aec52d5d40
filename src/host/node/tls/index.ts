export { BrokenCertificate, type CredentialOptions, Credentials } from "./credentials.js";
export { connectSecurely, type SecureAcceptor, type Secured, type SecureOptions, secureAcceptor } from "./secure.js";
