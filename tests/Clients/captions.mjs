// Captions one picture with each published client. GATEWAY, KEY and MODEL describe the service, PICTURE names a file.
import { readFile } from "node:fs/promises";
import { Livepeer } from "@livepeer/ai";
import { imageToText } from "@huggingface/inference";
import OpenAI from "openai";

const { GATEWAY, KEY, MODEL, PICTURE } = process.env;
const bytes = await readFile(PICTURE);
const picture = new Blob([bytes], { type: "image/png" });
const url = `data:image/png;base64,${bytes.toString("base64")}`;
const told = {};

const livepeer = new Livepeer({
  serverURL: GATEWAY,
  httpBearer: KEY,
  retryConfig: { strategy: "backoff", backoff: { initialInterval: 100, maxInterval: 1000, exponent: 1.5, maxElapsedTime: 20000 } },
});
const hub = { endpointUrl: `${GATEWAY}/models/${MODEL}`, accessToken: KEY };
const openai = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 3 });
const chat = (content, more = {}) => ({ model: MODEL, messages: [{ role: "user", content }], ...more });
const seen = [{ type: "text", text: "Describe it." }, { type: "image_url", image_url: { url } }];
const failure = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return error;
  }
};

told.livepeer = (await livepeer.generate.imageToText({ image: picture, modelId: MODEL, prompt: "" })).imageToTextResponse?.text;
told.huggingface = (await imageToText({ ...hub, data: picture })).generated_text;
told.openai = (await openai.chat.completions.create(chat(seen))).choices[0].message.content;
told.models = (await openai.models.list()).data.map((model) => model.id);

const pieces = [];
let tokens = 0;
// Greedy and not cached, because a cached caption or the best of several beams comes in one piece.
const streaming = { stream: true, stream_options: { include_usage: true }, num_beams: 1 };
for await (const chunk of await openai.chat.completions.create(chat(seen, streaming), { headers: { "cache-control": "no-cache" } })) {
  pieces.push(chunk.choices[0]?.delta?.content ?? "");
  tokens = chunk.usage?.total_tokens ?? tokens;
}
told.streamed = { text: pieces.join("").trim(), pieces: pieces.filter((piece) => piece).length, tokens };

told.model = (await openai.models.retrieve(MODEL)).id;
const json = await openai.chat.completions.create(chat(seen, {
  response_format: { type: "json_schema", json_schema: { name: "alt", schema: { type: "object", properties: { alt: { type: "string" } }, required: ["alt"] } } },
}));
told.json = JSON.parse(json.choices[0].message.content).alt;
told.capped = (await openai.chat.completions.create(chat(seen, { max_completion_tokens: 100000 }))).choices[0].finish_reason;
told.withoutPicture = (await openai.chat.completions.create(chat("Only reply OK", { max_tokens: 20 }))).choices[0].message.content;

const input = [{ role: "user", content: [{ type: "input_text", text: "Describe it." }, { type: "input_image", image_url: url, detail: "auto" }] }];
told.response = (await openai.responses.create({ model: MODEL, input })).output_text;
const deltas = [];
const responding = { model: MODEL, input, stream: true, num_beams: 1 };
for await (const event of await openai.responses.create(responding, { headers: { "cache-control": "no-cache" } })) {
  if (event.type === "response.output_text.delta") deltas.push(event.delta);
  if (event.type === "response.completed") told.responded = { text: event.response.output[0].content[0].text, pieces: deltas.length, sum: deltas.join("") };
}

const parameters = { generate_kwargs: { num_beams: 3, num_return_sequences: 3, max_length: 30 } };
const ask = async (shape) => {
  const answer = await fetch(`${GATEWAY}/models/${MODEL}?shape=${shape}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ inputs: bytes.toString("base64"), parameters }),
  });
  return answer.json();
};
told.sequences = (await ask("list")).map((each) => each.generated_text);
told.best = (await ask("object")).generated_text;

const noPicture = new Blob([Buffer.from("no picture at all, but long enough to be told")]);
told.errors = {
  livepeer: (await failure(() => livepeer.generate.imageToText({ image: noPicture, modelId: MODEL })))?.rawResponse?.status
    ?? (await failure(() => livepeer.generate.imageToText({ image: noPicture, modelId: MODEL })))?.statusCode,
  huggingface: (await failure(() => imageToText({ ...hub, data: noPicture })))?.httpResponse?.status,
  openai: (await failure(() => openai.chat.completions.create(chat([{ type: "image_url", image_url: { url: "data:image/png;base64,aGVsbG8gaGVsbG8=" } }]))))?.code,
  key: (await failure(() => new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: "itt_unknown" }).models.list()))?.status,
};
console.log(JSON.stringify(told));
