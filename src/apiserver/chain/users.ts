import type { User } from "../resources/index.js";
import type { ApiRequest, Authenticated, Authenticator } from "./types.js";

export const MASTERS = "system:masters";
export const AUTHENTICATED = "system:authenticated";
export const UNAUTHENTICATED = "system:unauthenticated";
export const ANONYMOUS: User = { name: "system:anonymous", uid: "", groups: [UNAUTHENTICATED], extra: new Map() };

export const userOf = (name: string, groups: readonly string[], more: Partial<User> = {}): User => ({
  name,
  uid: "",
  groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED],
  extra: new Map(),
  ...more,
});

/** The common name is the user, the organizations its groups. Whether the certificate is valid TLS has found out. */
export const certificates: Authenticator = {
  authenticate: (request: ApiRequest): Authenticated => {
    const { certificate } = request;
    if (!certificate || certificate.commonName === "") return { kind: "none" };
    const extra = new Map([["authentication.kubernetes.io/credential-id", [`X509SHA256=${certificate.fingerprint}`]]]);
    return { kind: "user", user: userOf(certificate.commonName, certificate.organizations, { extra }) };
  },
};

/** In-process clients say who they are. */
export const loopback: Authenticator = {
  authenticate: (request) => (request.identity ? { kind: "user", user: request.identity } : { kind: "none" }),
};

/** The first that knows the credentials answers; one that refuses them ends it: a bad token is no anonymous request. */
export async function authenticate(authenticators: readonly Authenticator[], request: ApiRequest): Promise<Authenticated> {
  for (const authenticator of authenticators) {
    const found = await authenticator.authenticate(request);
    if (found.kind !== "none") return found;
  }
  return { kind: "user", user: ANONYMOUS };
}
