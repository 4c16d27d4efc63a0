// Captions a picture with the Model Context Protocol's client: over standard input and output by PROGRAM, and through the gateway.
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { GATEWAY, KEY, PICTURE, PROGRAM } = process.env;
const script = fileURLToPath(import.meta.url);

const connect = async (transport) => {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  return client;
};
const caption = async (client, given) => {
  const { content, isError } = await client.callTool({ name: "caption_image", arguments: given });
  return { text: content[0].text, isError: isError ?? false };
};
const captioned = async (client, given) => {
  const { text, isError } = await caption(client, given);
  if (isError) throw new Error(text);
  return text;
};
const refused = async (client, given) => {
  const { text, isError } = await caption(client, given);
  if (!isError) throw new Error(`not refused: ${text}`);
  return text;
};
const names = async (client) => (await client.listTools()).tools.map((tool) => tool.name);

const start = (...folders) =>
  connect(
    new StdioClientTransport({
      command: "dotnet",
      args: ["exec", PROGRAM, "mcp", ...folders.flatMap((folder) => ["--folder", folder])],
      env: process.env,
    }),
  );

const local = await start(dirname(PICTURE));
const anywhere = await start();
const gateway = await connect(
  new StreamableHTTPClientTransport(new URL(`${GATEWAY}/mcp`), { requestInit: { headers: { Authorization: `Bearer ${KEY}` } } }),
);
const url = `data:image/png;base64,${await readFile(PICTURE, "base64")}`;

const told = {
  tools: { local: await names(local), gateway: await names(gateway) },
  byPath: await captioned(local, { path: PICTURE }),
  throughGateway: await captioned(gateway, { url }),
  outside: await refused(local, { path: script }),
  relative: await refused(local, { path: "cat.png" }),
  elsewhere: await refused(local, { url: "https://pictures.example.org/cat.png" }),
  nothing: await refused(local, {}),
  noPicture: await refused(anywhere, { path: script }),
};
await Promise.all([local.close(), anywhere.close(), gateway.close()]);
console.log(JSON.stringify(told));
