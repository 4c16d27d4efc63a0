using ImageToText.PricingService;

await PricingApp.Create(args).RunAsync();
