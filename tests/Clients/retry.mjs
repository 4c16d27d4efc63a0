// Captions one picture with a rate-limited key that was just used. The client is refused with 429 and retries.
// CLIENT is openai, livepeer or huggingface. The first two retry by themselves. This script retries for the third.
import { readFile } from "node:fs/promises";
import { Livepeer } from "@livepeer/ai";
import { imageToText } from "@huggingface/inference";
import OpenAI from "openai";

const { GATEWAY, KEY, MODEL, PICTURE, CLIENT } = process.env;
const bytes = await readFile(PICTURE);
const picture = new Blob([bytes], { type: "image/png" });
const url = `data:image/png;base64,${bytes.toString("base64")}`;
let refused = 0;
const send = globalThis.fetch;
globalThis.fetch = async (...call) => {
  const answer = await send(...call);
  refused += answer.status === 429 ? 1 : 0;
  return answer;
};

const ask = {
  openai: async () => {
    const openai = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 8 });
    const content = [{ type: "image_url", image_url: { url } }];
    return (await openai.chat.completions.create({ model: MODEL, messages: [{ role: "user", content }] })).choices[0].message.content;
  },
  livepeer: async () => {
    const livepeer = new Livepeer({
      serverURL: GATEWAY,
      httpBearer: KEY,
      retryConfig: { strategy: "backoff", backoff: { initialInterval: 100, maxInterval: 1000, exponent: 1.5, maxElapsedTime: 60000 } },
    });
    return (await livepeer.generate.imageToText({ image: picture, modelId: MODEL })).imageToTextResponse?.text;
  },
  huggingface: async () => {
    for (;;) {
      try {
        const options = { endpointUrl: `${GATEWAY}/models/${MODEL}`, accessToken: KEY, data: picture };
        return (await imageToText(options)).generated_text;
      } catch (error) {
        if (error.httpResponse?.status !== 429) throw error;
        await new Promise((wake) => setTimeout(wake, error.httpResponse.body.estimated_time * 1000));
      }
    }
  },
};

let text;
for (let tries = 0; refused === 0 && tries < 5; tries++) {
  // Uses up the key's burst of one request, which counts although it has no picture. Repeat if this machine was so slow that the client
  // got another request.
  await send(`${GATEWAY}/models/${MODEL}`, { method: "POST", headers: { authorization: `Bearer ${KEY}` } });
  text = await ask[CLIENT]();
}
console.log(JSON.stringify({ text, refused }));
