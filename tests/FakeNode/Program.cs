using ImageToText.FakeNode;

var app = FakeNodeApp.Create(args, out _);
await app.RunAsync();
