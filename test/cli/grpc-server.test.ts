import { expect, test } from "vitest";
import { withGrpcServer } from "../../src/cli/resolve.js";
import { DEFAULT_STORE } from "../../src/master/cluster/index.js";

const url = ["http://127.0.0.1:2379"];
const master = { name: "m1", clientUrls: url, advertiseClientUrls: url, peerUrls: url, advertisePeerUrls: url };
const spec = {
  name: "t",
  store: DEFAULT_STORE,
  masters: [
    { ...master, serving: { streamsMax: 5 } },
    { ...master, name: "m2" },
  ],
};

test("the server of gRPC is the flag's, then the environment's, for all masters; nobody said: as it was", () => {
  const env = { TRIMAST_GRPC_SERVER: "grpc-js" };
  expect(withGrpcServer(spec, "wire", env).masters.map((m) => m.serving)).toEqual([
    { streamsMax: 5, grpcServer: "wire" },
    { grpcServer: "wire" },
  ]);
  expect(withGrpcServer(spec, undefined, env).masters.map((m) => m.serving?.grpcServer)).toEqual(["grpc-js", "grpc-js"]);
  expect(withGrpcServer(spec, undefined, {})).toBe(spec);
});

test("another name is refused with those that there are, and with who said it", () => {
  expect(() => withGrpcServer(spec, "h3", {})).toThrow("--grpc-server h3: it is wire or grpc-js");
  expect(() => withGrpcServer(spec, undefined, { TRIMAST_GRPC_SERVER: "x" })).toThrow("TRIMAST_GRPC_SERVER x: it is wire or grpc-js");
});
