using ImageToText.AppHost;

try
{
    // A switch has no value: taken as a setting's name, it would swallow what comes after it.
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
    // Ended while it was starting, and the reason has been said.
    return Environment.ExitCode;
}
