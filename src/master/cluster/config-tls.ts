import { dirname, resolve } from "node:path";
import type { Node, YAMLMap } from "yaml";
import { CIPHER_SUITES, type TlsFiles, type TlsSettings, type TlsSide, type TlsVersion } from "../../host/index.js";
import { checkKeys, type Fields, fail, flag, integer, optionalMap, type Reading, text1, texts } from "./config-read.js";

export const TLS: Fields = { client: "map", peer: "map", minVersion: "string", maxVersion: "string", cipherSuites: "list" };
const CLIENT: Fields = {
  certFile: "string",
  keyFile: "string",
  clientCertFile: "string",
  clientKeyFile: "string",
  trustedCaFile: "string",
  clientCertAuth: "boolean",
  crlFile: "string",
  allowedHostnames: "list",
  auto: "boolean",
  validityDays: "integer",
};
const PEER: Fields = { ...CLIENT, allowedNames: "list", skipClientSanVerification: "boolean" };
const AUTO_DAYS = 365;
/** Stands for the master's name in a path: one file for all masters. */
const NAME = "{name}";

export function tlsSettings(reading: Reading, map: YAMLMap | undefined): TlsSettings | undefined {
  if (map === undefined) return undefined;
  const client = side(reading, optionalMap(reading, map, "client", CLIENT), "client");
  const peer = side(reading, optionalMap(reading, map, "peer", PEER), "peer");
  if (client === undefined && peer === undefined) throw fail(reading, map, "`tls` has certificates for `client`, for `peer`, or for both");
  const minVersion = version(reading, map, "minVersion");
  const maxVersion = version(reading, map, "maxVersion");
  if (minVersion === "TLSv1.3" && maxVersion === "TLSv1.2")
    throw fail(reading, map.get("minVersion", true) as Node, "minVersion 1.3 is greater than maxVersion 1.2");
  const cipherSuites = texts(reading, map, "cipherSuites");
  const unknown = cipherSuites.find((s) => !CIPHER_SUITES.includes(s));
  if (unknown !== undefined) throw fail(reading, map.get("cipherSuites", true) as Node, `cipherSuites: ${unknown} is not known`);
  return {
    ...(client === undefined ? {} : { client }),
    ...(peer === undefined ? {} : { peer }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(cipherSuites.length === 0 ? {} : { cipherSuites }),
  };
}

/** With the master's own paths. */
export function forMaster(tls: TlsSettings, name: string): TlsSettings {
  const own = (value: TlsSide | undefined): TlsSide | undefined =>
    value === undefined
      ? undefined
      : (JSON.parse(JSON.stringify(value), (_key, v: unknown) => (typeof v === "string" ? v.replaceAll(NAME, name) : v)) as TlsSide);
  const client = own(tls.client);
  const peer = own(tls.peer);
  return { ...tls, ...(client === undefined ? {} : { client }), ...(peer === undefined ? {} : { peer }) };
}

function side(reading: Reading, map: YAMLMap | undefined, use: "client" | "peer"): TlsSide | undefined {
  if (map === undefined) return undefined;
  checkKeys(reading, map, use === "client" ? CLIENT : PEER);
  const certFile = path(reading, map, "certFile");
  const keyFile = path(reading, map, "keyFile");
  if (flag(reading, map, "auto") === true) {
    if (certFile !== undefined || keyFile !== undefined)
      throw fail(reading, map.get("auto", true) as Node, "`auto` makes its own certificate: leave it or the files out");
    return { kind: "auto", days: integer(reading, map, "validityDays") ?? AUTO_DAYS };
  }
  if (certFile === undefined || keyFile === undefined)
    throw fail(reading, map, `tls.${use} needs \`certFile\` and \`keyFile\`, or \`auto: true\``);
  const clientCertFile = path(reading, map, "clientCertFile");
  const clientKeyFile = path(reading, map, "clientKeyFile");
  if ((clientCertFile === undefined) !== (clientKeyFile === undefined))
    throw fail(reading, map, "`clientCertFile` and `clientKeyFile` belong together");
  const trustedCaFile = path(reading, map, "trustedCaFile");
  const crlFile = path(reading, map, "crlFile");
  const more: Partial<TlsFiles> = {
    ...(clientCertFile !== undefined && clientKeyFile !== undefined ? { clientCertFile, clientKeyFile } : {}),
    ...(trustedCaFile === undefined ? {} : { trustedCaFile }),
    ...(crlFile === undefined ? {} : { crlFile }),
    ...verification(reading, map, trustedCaFile),
  };
  return { kind: "files", certFile, keyFile, ...more };
}

function verification(reading: Reading, map: YAMLMap, trustedCaFile: string | undefined): Partial<TlsFiles> {
  const clientCertAuth = flag(reading, map, "clientCertAuth") === true;
  if (clientCertAuth && trustedCaFile === undefined)
    throw fail(reading, map.get("clientCertAuth", true) as Node, "clientCertAuth needs `trustedCaFile`: whose certificates are good");
  const allowedNames = texts(reading, map, "allowedNames");
  const allowedHostnames = texts(reading, map, "allowedHostnames");
  return {
    ...(clientCertAuth ? { clientCertAuth } : {}),
    ...(allowedNames.length === 0 ? {} : { allowedNames }),
    ...(allowedHostnames.length === 0 ? {} : { allowedHostnames }),
    ...(flag(reading, map, "skipClientSanVerification") === true ? { skipClientSanCheck: true } : {}),
  };
}

/** Beside the configuration file, unless it is absolute: the file means the same from every working directory. */
function path(reading: Reading, map: YAMLMap, key: string): string | undefined {
  const value = text1(map, key);
  return value === undefined ? undefined : resolve(dirname(reading.file), value);
}

function version(reading: Reading, map: YAMLMap, key: string): TlsVersion | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  if (value === "1.2" || value === "1.3") return value === "1.2" ? "TLSv1.2" : "TLSv1.3";
  throw fail(reading, map.get(key, true) as Node, `${key}: ${value}: write 1.2 or 1.3`);
}
