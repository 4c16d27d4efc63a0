import { expect, it } from "vitest";
import { operationsOf, type OpenApiDocument } from "./openapi";

const document: OpenApiDocument = {
  info: { title: "T" },
  paths: {
    "/image-to-text": {
      post: {
        operationId: "caption",
        summary: "Caption a picture",
        tags: ["Captions"],
        requestBody: {
          content: {
            "multipart/form-data": {
              schema: {
                properties: {
                  image: { type: "string", format: "binary", description: "The picture." },
                  images: { type: "array", items: { type: "string", format: "binary" } },
                },
                required: ["image"],
              },
              examples: {
                form: { summary: "A form", value: { image: "cat.png", prompt: "it's", images: ["a.png", "b.png"] } },
              },
            },
            "application/json": { examples: { json: { summary: "JSON", value: { image: "data:" } } } },
            "image/*": { examples: { bytes: { summary: "Bytes", externalValue: "/samples/cat.png" } } },
          },
        },
        responses: {
          "200": {
            content: {
              "application/json": { example: { text: "a" } },
              "text/event-stream": { example: "data: a\n\n" },
            },
          },
          "429": { description: "Busy." },
        },
      },
    },
    "/quote/{id}": {
      get: {
        parameters: [
          { name: "id", in: "path", required: true, example: "org/a b" },
          { name: "width", in: "query", schema: { type: "integer" }, example: 512 },
          { name: "cap", in: "query", schema: { type: ["null", "number"] } },
        ],
        responses: {},
      },
    },
  },
};

const [caption, quote] = operationsOf(document, "http://here");

it("writes a command for each way to send a picture", () => {
  expect(caption?.requests.map((request) => request.text.replaceAll(" \\\n ", ""))).toEqual([
    String.raw`curl 'http://here/image-to-text' -F 'image=@cat.png' --form-string 'prompt=it'\''s' -F 'images=@a.png' -F 'images=@b.png'`,
    `curl 'http://here/image-to-text' --json '{\n  "image": "data:"\n}'`,
    "curl 'http://here/image-to-text' -H 'Content-Type: image/png' --data-binary @cat.png",
  ]);
});

it("fills in examples of parameters", () => {
  expect(quote?.requests).toEqual([{ title: "curl", text: "curl 'http://here/quote/org/a%20b?width=512'" }]);
  expect(quote?.parameters.map((parameter) => parameter.type)).toEqual(["string", "integer", "number"]);
});

it("tells fields, answers and refusals", () => {
  expect(caption?.parameters).toEqual([
    { name: "image", place: "form", type: "file", required: true, meaning: "The picture." },
    { name: "images", place: "form", type: "files", required: false, meaning: "" },
  ]);
  expect(caption?.answers.map((answer) => answer.title)).toEqual(["200 application/json", "200 text/event-stream"]);
  expect(caption?.refusals).toEqual([{ status: "429", meaning: "Busy." }]);
});
