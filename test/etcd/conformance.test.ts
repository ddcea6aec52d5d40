import { etcdConformance } from "../conformance/etcd/suite.js";
import { ModelApi } from "../conformance/model-api.js";
import { openAlone } from "../kit/alone.js";

etcdConformance("the naive model", async () => ({ api: ModelApi.open(), version: "3.8.0", close: async () => {} }), []);
etcdConformance("a member in this process", () => openAlone());
