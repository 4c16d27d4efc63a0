namespace ImageToText.Gateway.Tests.Telemetry;

/// <summary>
/// For tests that read gauges: OpenTelemetry gathers a meter by its name from the whole process, so that the gateway of a test beside
/// would be read, too.
/// </summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class OneGatewayAtATime;
