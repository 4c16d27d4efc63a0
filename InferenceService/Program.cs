using ImageToText.InferenceService;
using ImageToText.ServiceDefaults.Startup;

return await ServiceRunner.RunAsync(() => InferenceApp.Create(args), InferenceApp.CheckEngine);
