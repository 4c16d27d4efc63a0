using ImageToText.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
builder.AddCaptioningNetwork();
builder.Build().Run();
