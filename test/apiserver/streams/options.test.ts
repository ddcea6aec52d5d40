import { describe, expect, test } from "vitest";
import { commandQuery, flag, logQuery, portQuery } from "../../../src/apiserver/streams/options.js";
import { StatusError } from "../../../src/kube/meta/index.js";

const q = (text: string): URLSearchParams => new URLSearchParams(text);
const refusal = (f: () => unknown): StatusError["status"] => {
  try {
    f();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
  }
  throw new Error("it was not refused");
};

describe("options of a log", () => {
  const accepted: readonly (readonly [string, string, string])[] = [
    ["nothing", "", "stream=All"],
    ["what kubectl sends", "container=c&follow=true&tailLines=5&timestamps=true", "follow=true&stream=All&tailLines=5&timestamps=true"],
    ["flags that say no", "follow=false&previous=0&timestamps=False", "stream=All"],
    ["a flag without a value is yes", "follow=&previous", "follow=true&previous=true&stream=All"],
    ["a time in another zone", "sinceTime=2024-05-01T10:00:00%2B02:00", "sinceTime=2024-05-01T08%3A00%3A00Z&stream=All"],
    ["one of the streams", "stream=Stderr&limitBytes=10", "limitBytes=10&stream=Stderr"],
  ];
  test.each(accepted)("%s", (_name, asked, sent) => expect(logQuery(q(asked), "p").query.toString()).toBe(sent));

  const refused: readonly (readonly [string, string, string, number])[] = [
    ["tailLines=-1", "tailLines=-1", 'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0', 422],
    ["limitBytes=0", "limitBytes=0", 'PodLogOptions "p" is invalid: limitBytes: Invalid value: 0: must be greater than 0', 422],
    ["sinceSeconds=0", "sinceSeconds=0", 'PodLogOptions "p" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0', 422],
    ["no number", "tailLines=abc", 'strconv.ParseInt: parsing "abc": invalid syntax', 400],
    [
      "a number beyond 64 bits",
      "tailLines=9223372036854775808",
      'strconv.ParseInt: parsing "9223372036854775808": value out of range',
      400,
    ],
    ["no time", "sinceTime=yesterday", 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"', 400],
  ];
  test.each(refused)("%s is refused", (_name, asked, message, code) => {
    expect(refusal(() => logQuery(q(asked), "p"))).toMatchObject({ code, message });
  });
  test("two beginnings, and lines of one stream, are refused", () => {
    expect(refusal(() => logQuery(q("sinceSeconds=1&sinceTime=2024-05-01T10:00:00Z"), "p")).message).toContain(
      "at most one of `sinceTime` or `sinceSeconds` may be specified",
    );
    expect(refusal(() => logQuery(q("stream=Stdout&tailLines=1"), "p")).message).toContain(
      "`tailLines` and specific `stream` are mutually exclusive for now",
    );
    expect(refusal(() => logQuery(q("stream=other"), "p")).message).toContain('stream: Unsupported value: "other"');
  });
});

describe("options of commands and ports", () => {
  test("a node has other names for the streams, and the command stays in order", () => {
    expect(commandQuery(q("container=c&stdin=true&stdout=true&stderr=true&tty=false&command=sh&command=-c&command=a%20b"), "exec")).toEqual(
      {
        container: "c",
        query: q("command=sh&command=-c&command=a+b&error=1&input=1&output=1"),
      },
    );
    expect(commandQuery(q("stdout=true&tty=true&command=x"), "attach").query.toString()).toBe("output=1&tty=1");
  });
  test("ports are one list", () => {
    expect(portQuery(q("ports=80&ports=81,82")).toString()).toBe("port=80%2C81%2C82");
    expect(portQuery(q("")).toString()).toBe("");
    expect(refusal(() => portQuery(q("ports=http"))).code).toBe(400);
  });
  test("a flag is on unless it says 0 or false", () => {
    expect(["a=1", "a=true", "a=no", "a=", "a=0", "a=FALSE", "b=1"].map((t) => flag(q(t), "a"))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
