using ImageToText.AppHost;

try
{
    // A switch has no value. Taken as a setting's name, it would swallow the argument after it.
    var builder = DistributedApplication.CreateBuilder([
        .. args.Select(argument => argument == "--reset" ? "--Deployment:Reset=true" : argument),
    ]);
    builder.AddCaptioningNetwork();
    builder.Build().Run();
    return Environment.ExitCode;
}
catch (Exception failure) when (DeploymentException.In(failure) is { } refused)
{
    Console.Error.WriteLine(refused.Message);
    return 1;
}
catch (OperationCanceledException) when (Environment.ExitCode != 0)
{
    // The application ended while it was starting, and has already said why.
    return Environment.ExitCode;
}
