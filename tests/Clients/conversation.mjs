// A question in a conversation, asked with the official OpenAI client, streamed and whole. Needs a model that follows prompts.
import { readFile } from "node:fs/promises";
import OpenAI from "openai";

const { GATEWAY, KEY, MODEL, PICTURE, QUESTION } = process.env;
const url = `data:image/png;base64,${(await readFile(PICTURE)).toString("base64")}`;
const openai = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 3 });
const body = {
  model: MODEL,
  max_tokens: 20,
  messages: [
    { role: "system", content: "You are brief." },
    { role: "user", content: [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url } }] },
    { role: "assistant", content: "A picture." },
    { role: "user", content: QUESTION },
  ],
};

const pieces = [];
let finish = null;
let usage = null;
// Not cached, because a cached caption comes in one piece.
const uncached = { headers: { "cache-control": "no-cache" } };
const { data: stream, response } = await openai.chat.completions
  .create({ ...body, stream: true, stream_options: { include_usage: true } }, uncached)
  .withResponse();
for await (const chunk of stream) {
  pieces.push(chunk.choices[0]?.delta?.content ?? "");
  finish = chunk.choices[0]?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}

const whole = await openai.chat.completions.create(body);
console.log(
  JSON.stringify({
    streamed: pieces.join(""),
    pieces: pieces.filter((piece) => piece).length,
    finish,
    completion_tokens: usage?.completion_tokens,
    whole: whole.choices[0].message.content,
    prompt: response.headers.get("x-prompt"),
  }),
);
