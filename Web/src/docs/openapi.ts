import { shellWord } from "../shared/quote";

/** The part of an OpenAPI document that is shown. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

interface OpenApiOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
    readonly example?: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, MediaType>> }>
  >;
}

interface MediaType {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<
    Record<string, { readonly summary?: string; readonly value?: unknown; readonly externalValue?: string }>
  >;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** One thing that the API does, ready to be shown. */
export interface Operation {
  readonly id: string;
  readonly group: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly details: string | null;
  readonly parameters: readonly Parameter[];
  readonly requests: readonly Example[];
  readonly answers: readonly Example[];
  readonly refusals: readonly { readonly status: string; readonly meaning: string }[];
}

export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly type: string;
  readonly required: boolean;
  readonly meaning: string;
}

export interface Example {
  readonly title: string;
  readonly text: string;
}

/** Reads all operations of a document, in its order. */
export function operationsOf(document: OpenApiDocument, origin: string): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(method.toUpperCase(), path, operation, origin)),
  );
}

function describe(method: string, path: string, operation: OpenApiOperation, origin: string): Operation {
  const statuses = Object.entries(operation.responses);
  return {
    id: operation.operationId ?? `${method}-${path}`.replace(/[^\w-]+/g, "-"),
    group: operation.tags?.[0] ?? "Other",
    method,
    path,
    summary: operation.summary ?? path,
    details: operation.description ?? null,
    parameters: parametersOf(operation),
    requests: requestsOf(method, path, operation, origin),
    answers: statuses
      .filter(([status]) => status.startsWith("2"))
      .flatMap(([status, answer]) =>
        Object.entries(answer.content ?? {}).map(([type, media]) => ({
          title: `${status} ${type}`,
          text: shown(media.example),
        })),
      )
      .filter((example) => example.text !== ""),
    refusals: statuses
      .filter(([status]) => !status.startsWith("2"))
      .map(([status, answer]) => ({ status, meaning: answer.description ?? "" })),
  };
}

function parametersOf(operation: OpenApiOperation): Parameter[] {
  const parameters: Parameter[] = (operation.parameters ?? []).map((parameter) => ({
    name: parameter.name,
    place: parameter.in,
    type: typeOf(parameter.schema),
    required: parameter.required ?? false,
    meaning: parameter.description ?? "",
  }));
  // A form and JSON with the same fields are shown once.
  const contents = Object.entries(operation.requestBody?.content ?? {});
  const [type, media] = contents.find(([, content]) => content.schema?.properties !== undefined) ?? [];
  for (const [name, schema] of Object.entries(media?.schema?.properties ?? {})) {
    parameters.push({
      name,
      place: type?.startsWith("multipart/") ? "form" : "body",
      type: typeOf(schema),
      required: media?.schema?.required?.includes(name) ?? false,
      meaning: schema.description ?? "",
    });
  }
  return parameters;
}

function typeOf(schema: Schema | undefined): string {
  if (schema?.format === "binary") return "file";
  const types = [schema?.type ?? "string"].flat().filter((type) => type !== "null");
  return types[0] === "array" ? `${typeOf(schema?.items)}s` : (types[0] ?? "string");
}

function requestsOf(method: string, path: string, operation: OpenApiOperation, origin: string): Example[] {
  const url = origin + filled(path, operation);
  const contents = Object.entries(operation.requestBody?.content ?? {});
  if (contents.length === 0) {
    const verb = method === "GET" ? "" : `-X ${method} `;
    return [{ title: "curl", text: `curl ${verb}${shellWord(url)}` }];
  }
  return contents.flatMap(([type, media]) => {
    const named = Object.values(
      media.examples ?? (media.example === undefined ? {} : { example: { value: media.example } }),
    );
    return named.map((example) => ({
      title: example.summary ?? type,
      text: `curl ${shellWord(url)} \\\n  ${bodyOf(type, example.value, example.externalValue)}`,
    }));
  });
}

function filled(path: string, operation: OpenApiOperation): string {
  const query = new URLSearchParams();
  let url = path;
  for (const { name, in: place, example } of operation.parameters ?? []) {
    const text = typeof example === "number" || typeof example === "string" ? String(example) : null;
    if (text === null) continue;
    if (place === "path") url = url.replace(`{${name}}`, text.split("/").map(encodeURIComponent).join("/"));
    else if (place === "query") query.set(name, text);
  }
  return query.size === 0 ? url : `${url}?${query}`;
}

function bodyOf(type: string, value: unknown, file: string | undefined): string {
  if (file !== undefined) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    return `-H 'Content-Type: image/${name.endsWith(".png") ? "png" : "jpeg"}' \\\n  --data-binary @${name}`;
  }
  if (!type.startsWith("multipart/")) return `--json ${shellWord(shown(value))}`;
  return Object.entries(value as Record<string, string | string[]>)
    .flatMap(([name, one]) => [one].flat().map((text) => [name, text] as const))
    .map(([name, text]) =>
      name.startsWith("image")
        ? `-F ${shellWord(`${name}=@${text}`)}`
        : `--form-string ${shellWord(`${name}=${text}`)}`,
    )
    .join(" \\\n  ");
}

function shown(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value.trimEnd() : JSON.stringify(value, null, 2);
}
