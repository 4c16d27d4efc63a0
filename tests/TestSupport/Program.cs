using ImageToText.TestSupport;

var app = FakeNodeApp.Create(args, out _);
await app.RunAsync();
