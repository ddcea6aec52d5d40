import type { RulesTable } from "../types.js";
import { SIGNING_REQUEST } from "./signing-request.js";

export const CERTIFICATES: RulesTable = { "certificates.k8s.io/CertificateSigningRequest": SIGNING_REQUEST };
