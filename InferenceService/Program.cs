using ImageToText.InferenceService;

await using var app = InferenceApp.Create(args);
await app.RunAsync();
