// Captions one picture with Ollama's client. GATEWAY, KEY and MODEL describe the service, PICTURE names a file.
import { readFile } from "node:fs/promises";
import { Ollama } from "ollama";

const { GATEWAY, KEY, MODEL, PICTURE } = process.env;
const images = [await readFile(PICTURE, "base64")];
const ollama = new Ollama({ host: GATEWAY, headers: { Authorization: `Bearer ${KEY}` } });
const stranger = new Ollama({ host: GATEWAY, headers: { Authorization: "Bearer itt_unknown" } });
const told = {};
const statusOf = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return error.status_code;
  }
};

told.models = (await ollama.list()).models.map((model) => model.name);
told.capabilities = (await ollama.show({ model: MODEL })).capabilities;
told.load = (await ollama.generate({ model: MODEL })).done_reason;
told.loaded = (await ollama.ps()).models.map((model) => model.name);
told.generated = await ollama.generate({ model: MODEL, prompt: "Describe it.", images, think: false, options: { num_predict: 160 } });
told.chatted = (await ollama.chat({ model: MODEL, messages: [{ role: "user", content: "What is it?", images }] })).message.content;
const format = { type: "object", properties: { description: { type: "string" } }, required: ["description"] };
told.structured = JSON.parse((await ollama.generate({ model: `${MODEL}:latest`, prompt: "Describe it.", images, format })).response);

const pieces = [];
let reason;
// Greedy and unlike the one above, because a cached caption comes in one piece.
for await (const part of await ollama.generate({ model: MODEL, images, stream: true, options: { num_predict: 30, num_beams: 1 } })) {
  pieces.push(part.response);
  reason = part.done_reason ?? reason;
}
told.streamed = { text: pieces.join(""), pieces: pieces.filter((piece) => piece).length, reason };
told.unload = (await ollama.generate({ model: MODEL, keep_alive: 0 })).done_reason;
told.errors = {
  model: await statusOf(() => ollama.generate({ model: "no/such", images })),
  key: await statusOf(() => stranger.list()),
};
console.log(JSON.stringify(told));
