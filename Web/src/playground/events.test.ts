import { expect, it } from "vitest";
import { readEvents, type StreamEvent } from "./events";

async function read(...chunks: Uint8Array[]): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

it("reads events with and without a name", async () => {
  expect(await read(bytes('data: {"a":1}\n\nevent: caption\ndata: {}\n\n'))).toEqual([
    { name: "message", data: '{"a":1}' },
    { name: "caption", data: "{}" },
  ]);
});

it("puts together what comes in any pieces, also within a letter", async () => {
  const whole = bytes("data: ein Käse\n\ndata: zwei\n\n");
  for (let cut = 1; cut < whole.length; cut++) {
    expect(await read(whole.slice(0, cut), whole.slice(cut))).toEqual([
      { name: "message", data: "ein Käse" },
      { name: "message", data: "zwei" },
    ]);
  }
});

it("passes over comments and an event that was cut off", async () => {
  expect(await read(bytes(": alive\n\ndata: one\r\n\r\ndata: tw"))).toEqual([{ name: "message", data: "one" }]);
});
