using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Webhooks;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Who can open the secret of a job's webhook.</summary>
public sealed class JobSecretsTests : IDisposable
{
    private const string Secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private const string Shared = "Host=db";
    private const string Own = "Data Source=jobs.db";

    private readonly TemporaryFolder _a = new();
    private readonly TemporaryFolder _b = new();

    [Fact]
    public void Gateways_that_share_jobs_open_what_others_sealed_also_after_a_change_of_the_token()
    {
        string stored = Secrets(_a, Shared, "first").Seal(Secret);
        Assert.DoesNotContain(Secret["whsec_".Length..], stored, StringComparison.Ordinal);
        Assert.NotEqual(stored, Secrets(_a, Shared, "first").Seal(Secret));
        Assert.Equal(Secret, Secrets(_b, Shared, "first").Open(stored));
        Assert.Equal(Secret, Secrets(_b, Shared, "second", "first").Open(stored));
        Assert.Null(Secrets(_b, Shared, "second").Open(stored));
        Assert.Equal(Secret, Secrets(_b, Shared, "first").Open(Secret));
    }

    [Fact]
    public void A_gateway_with_jobs_of_its_own_keeps_its_key_whatever_the_token_and_no_other_has_it()
    {
        string stored = Secrets(_a, Own, "first").Seal(Secret);
        Assert.Equal(Secret, Secrets(_a, Own, "second").Open(stored));
        Assert.Null(Secrets(_b, Own, "first").Open(stored));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Assert.Single(Directory.GetFiles(_a.Path, "*.key")))
            );
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private static JobSecrets Secrets(TemporaryFolder data, string store, string token, string? previous = null)
    {
        var identity = new GatewayIdentity(Options.Create(new GatewayOptions { Id = "gateway", DataDirectory = data.Path }));
        var services = new ServiceCollection()
            .AddLogging()
            .Configure<PricingConnectionOptions>(options => (options.Token, options.PreviousToken) = (token, previous))
            .AddSingleton<LiveOptions<PricingConnectionOptions>>()
            .BuildServiceProvider();
        return new JobSecrets(
            new JobStore(Options.Create(new JobOptions { ConnectionString = store }), identity, new ConfigurationBuilder().Build()),
            identity,
            services.GetRequiredService<LiveOptions<PricingConnectionOptions>>()
        );
    }
}
