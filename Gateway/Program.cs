using ImageToText.Gateway;
using ImageToText.ServiceDefaults.Startup;

return await ServiceRunner.RunAsync(() => GatewayApp.Create(args));
