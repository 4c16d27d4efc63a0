using System.Net;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class ResilienceTests
{
    private static readonly (string, string?) AtOnce = ("HttpClients:Default:Retry:Delay", "00:00:00");

    [Fact]
    public async Task Every_client_retries_a_failed_get()
    {
        int attempts = await SendAsync(HttpMethod.Get, client => client, AtOnce);
        Assert.Equal(4, attempts);
    }

    [Fact]
    public async Task No_client_retries_a_post_by_default()
    {
        int attempts = await SendAsync(HttpMethod.Post, client => client, AtOnce);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_client_can_opt_in_to_retrying_posts()
    {
        int attempts = await SendAsync(
            HttpMethod.Post,
            client =>
                client.WithResilience(options =>
                {
                    options.Retry.MaxRetryAttempts = 2;
                    options.Retry.Delay = TimeSpan.Zero;
                })
        );
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_single_clients_configuration_takes_precedence()
    {
        int attempts = await SendAsync(
            HttpMethod.Post,
            client => client.WithResilience(options => options.Retry.Delay = TimeSpan.Zero),
            ("HttpClients:ledger:Retry:MaxRetryAttempts", "5")
        );
        Assert.Equal(6, attempts);
    }

    [Fact]
    public async Task A_client_that_only_reconnects_accepts_every_answer()
    {
        int attempts = await SendAsync(HttpMethod.Get, client => client.WithReconnection(), AtOnce);
        Assert.Equal(1, attempts);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, 3)]
    [InlineData(HttpRequestError.NameResolutionError, 3)]
    [InlineData(HttpRequestError.ResponseEnded, 1)]
    [InlineData(HttpRequestError.Unknown, 1)]
    public async Task A_post_is_retried_only_if_it_was_never_sent(HttpRequestError error, int sent)
    {
        var attempts = new Unavailable { Fault = error };
        var builder = TestService.Builder(("HttpClients:ledger:Retry:Delay", "00:00:00"));
        builder.Services.AddHttpClient("ledger").ConfigurePrimaryHttpMessageHandler(() => attempts).WithReconnection();
        await using var app = builder.Build();
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("ledger");

        var fault = await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.PostAsync(new Uri("http://127.0.0.1/"), null, TestContext.Current.CancellationToken)
        );

        Assert.Equal((error, sent), (fault.HttpRequestError, attempts.Count));
    }

    [Fact]
    public async Task A_service_is_found_by_its_name()
    {
        await using var node = await TestService.StartAsync(TestService.Builder(), app => app.MapGet("/", () => "found"));
        var builder = TestService.Builder(("Services:node:http:0", node.Client.BaseAddress!.ToString()));
        await using var app = builder.Build();

        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        Assert.Equal("found", await client.GetStringAsync(new Uri("http://node/"), TestContext.Current.CancellationToken));
    }

    private static async Task<int> SendAsync(
        HttpMethod method,
        Func<IHttpClientBuilder, IHttpClientBuilder> configure,
        params (string, string?)[] settings
    )
    {
        var attempts = new Unavailable();
        var builder = TestService.Builder(settings);
        configure(builder.Services.AddHttpClient("ledger").ConfigurePrimaryHttpMessageHandler(() => attempts));
        await using var app = builder.Build();
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("ledger");
        using var request = new HttpRequestMessage(method, "http://127.0.0.1/");

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        return attempts.Count;
    }

    private sealed class Unavailable : HttpMessageHandler
    {
        private int _count;

        public int Count => _count;

        /// <summary>What to do instead of answering.</summary>
        public HttpRequestError? Fault { get; init; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            if (Fault is { } fault)
            {
                throw new HttpRequestException(fault);
            }

            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { RequestMessage = request });
        }
    }
}
