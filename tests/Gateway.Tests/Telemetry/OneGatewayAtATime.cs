namespace ImageToText.Gateway.Tests.Telemetry;

/// <summary>
/// For tests that read gauges. OpenTelemetry collects a meter by name from the whole process, so it would also read the gateway of a
/// test that runs in parallel.
/// </summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class OneGatewayAtATime;
