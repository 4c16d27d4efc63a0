// Captions one picture while the service is busy at first: the client comes back by itself. CLIENT is openai or livepeer.
import { readFile } from "node:fs/promises";
import { Livepeer } from "@livepeer/ai";
import OpenAI from "openai";

const { GATEWAY, KEY, MODEL, PICTURE, CLIENT } = process.env;
const bytes = await readFile(PICTURE);
let text;
if (CLIENT === "openai") {
  const openai = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 8 });
  const content = [{ type: "image_url", image_url: { url: `data:image/png;base64,${bytes.toString("base64")}` } }];
  text = (await openai.chat.completions.create({ model: MODEL, messages: [{ role: "user", content }] })).choices[0].message.content;
} else {
  const livepeer = new Livepeer({
    serverURL: GATEWAY,
    httpBearer: KEY,
    retryConfig: { strategy: "backoff", backoff: { initialInterval: 100, maxInterval: 1000, exponent: 1.5, maxElapsedTime: 20000 } },
  });
  text = (await livepeer.generate.imageToText({ image: new Blob([bytes], { type: "image/png" }), modelId: MODEL })).imageToTextResponse?.text;
}

console.log(JSON.stringify({ text }));
