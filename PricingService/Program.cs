using ImageToText.PricingService;
using ImageToText.ServiceDefaults.Startup;

return await ServiceRunner.RunAsync(() => PricingApp.Create(args), open: PricingApp.OpenStoreAsync);
