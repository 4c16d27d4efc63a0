// Runs a batch with OpenAI's client, from the upload to the results. GATEWAY, KEY and MODEL describe the service, PICTURE names a file.
import { readFile } from "node:fs/promises";
import OpenAI, { toFile } from "openai";

const { GATEWAY, KEY, MODEL, PICTURE } = process.env;
const openai = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 3 });
const url = `data:image/png;base64,${(await readFile(PICTURE)).toString("base64")}`;
const line = (custom_id, picture) =>
  JSON.stringify({
    custom_id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: MODEL, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: picture } }] }] },
  });
const ended = async (batch) => {
  while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    batch = await openai.batches.retrieve(batch.id);
  }
  return batch;
};

const lines = [line("a", url), line("b", "data:image/png;base64,bm8gcGljdHVyZSBhdCBhbGw=")].join("\n");
const file = await openai.files.create({ file: await toFile(Buffer.from(lines), "library.jsonl"), purpose: "batch" });
const told = { file: { purpose: file.purpose, filename: file.filename, status: file.status } };
const started = await openai.batches.create({
  input_file_id: file.id,
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
  metadata: { library: "holidays" },
});
const batch = await ended(started);
told.batch = { status: batch.status, counts: batch.request_counts, metadata: batch.metadata };
told.output = JSON.parse((await (await openai.files.content(batch.output_file_id)).text()).trim());
told.error = JSON.parse((await (await openai.files.content(batch.error_file_id)).text()).trim());
told.listed = (await openai.batches.list({ limit: 10 })).data.map((listed) => listed.id === batch.id);
told.files = [];
for await (const kept of openai.files.list()) {
  told.files.push(kept.purpose);
}
told.cancelled = (await openai.batches.cancel(batch.id)).status;
told.deleted = (await openai.files.delete(file.id)).deleted;
told.gone = await openai.files.retrieve(file.id).then(() => null, (error) => error.status);
console.log(JSON.stringify(told));
