import { shellWord } from "../shared/quote";
import type { Field } from "./settings";

/** A request, as programs write it. */
export interface Call {
  /** Where the gateway is, without a path. */
  readonly origin: string;
  readonly fileName: string;
  readonly fields: readonly Field[];
  /** Whether a key goes along; it is never written into the code. */
  readonly withKey: boolean;
  readonly skipCache: boolean;
}

export const languages = ["curl", "C#", "Python", "JavaScript"] as const;
export type Language = (typeof languages)[number];

const keyVariable = "IMAGETOTEXT_API_KEY";
const numbers = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

/** The code that asks for the same caption. */
export function snippet(language: Language, call: Call): string {
  switch (language) {
    case "curl":
      return curl(call);
    case "C#":
      return csharp(call);
    case "Python":
      return python(call);
    case "JavaScript":
      return javascript(call);
  }
}

function curl({ origin, fileName, fields, withKey, skipCache }: Call): string {
  const lines = [`curl ${shellWord(`${origin}/image-to-text`)}`];
  if (withKey) lines.push(`-H "Authorization: Bearer $${keyVariable}"`);
  if (skipCache) lines.push("-H 'Cache-Control: no-cache'");
  lines.push(`-F ${shellWord(`image=@"${fileName.replace(/["\\]/g, "\\$&")}"`)}`);
  for (const [name, value] of fields) lines.push(`--form-string ${shellWord(`${name}=${value}`)}`);
  return lines.join(" \\\n  ");
}

function csharp({ origin, fileName, fields, withKey, skipCache }: Call): string {
  const file = csharpText(fileName);
  return [
    `using var http = new HttpClient { BaseAddress = new Uri(${csharpText(origin)}) };`,
    withKey &&
      `http.DefaultRequestHeaders.Authorization = new("Bearer", Environment.GetEnvironmentVariable("${keyVariable}"));`,
    skipCache && "http.DefaultRequestHeaders.CacheControl = new() { NoCache = true };",
    "using var form = new MultipartFormDataContent",
    "{",
    `    { new ByteArrayContent(await File.ReadAllBytesAsync(${file})), "image", ${file} },`,
    ...fields.map(([name, value]) => `    { new StringContent(${csharpText(value)}), "${name}" },`),
    "};",
    'using var answer = await http.PostAsync("/image-to-text", form);',
    "Console.WriteLine(await answer.Content.ReadAsStringAsync());",
  ]
    .filter((line) => line !== false)
    .join("\n");
}

// Uses only Python's standard library, because the gateway reads JSON too.
function python({ origin, fileName, fields, withKey, skipCache }: Call): string {
  return [
    "import base64, json, urllib.request",
    withKey && "import os",
    "",
    `with open(${pythonText(fileName)}, "rb") as file:`,
    "    picture = base64.b64encode(file.read()).decode()",
    "request = urllib.request.Request(",
    `    ${pythonText(`${origin}/image-to-text`)},`,
    "    json.dumps({",
    '        "image": picture,',
    ...fields.map(([name, value]) => `        "${name}": ${pythonValue(value)},`),
    "    }).encode(),",
    "    {",
    '        "Content-Type": "application/json",',
    withKey && `        "Authorization": "Bearer " + os.environ["${keyVariable}"],`,
    skipCache && '        "Cache-Control": "no-cache",',
    "    },",
    ")",
    "with urllib.request.urlopen(request) as answer:",
    '    print(json.load(answer)["text"])',
  ]
    .filter((line) => line !== false)
    .join("\n");
}

function javascript({ origin, fileName, fields, withKey, skipCache }: Call): string {
  const headers = [
    withKey && `authorization: \`Bearer \${process.env.${keyVariable}}\``,
    skipCache && '"cache-control": "no-cache"',
  ].filter((header) => header !== false);
  return [
    'import { openAsBlob } from "node:fs";',
    "",
    "const form = new FormData();",
    `form.set("image", await openAsBlob(${JSON.stringify(fileName)}), ${JSON.stringify(fileName)});`,
    ...fields.map(([name, value]) => `form.set("${name}", ${JSON.stringify(value)});`),
    `const answer = await fetch(${JSON.stringify(`${origin}/image-to-text`)}, {`,
    '  method: "POST",',
    headers.length > 0 && `  headers: { ${headers.join(", ")} },`,
    "  body: form,",
    "});",
    "console.log((await answer.json()).text);",
  ]
    .filter((line) => line !== false)
    .join("\n");
}

// C# and Python share JSON's escapes, except for characters outside the first plane, which JSON leaves as they are.
function csharpText(text: string): string {
  return JSON.stringify(text);
}

function pythonText(text: string): string {
  return JSON.stringify(text);
}

function pythonValue(value: string): string {
  return value === "true" ? "True" : value === "false" ? "False" : numbers.test(value) ? value : pythonText(value);
}
