using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>
/// Answers budget requests as the test says, without a network. For tests whose clock stands still.
/// </summary>
internal sealed class ScriptedPricing : HttpMessageHandler
{
    private readonly Uri _address = new("http://pricing.test/");
    private int _slices;

    /// <summary>Answers a request for a slice. Unless set, the needed amount is granted.</summary>
    public Func<SliceRequest, SliceAnswer>? Ask { get; set; }

    /// <summary>Called with method and path before every answer. If it throws, the exception replaces the answer.</summary>
    public Action<string> Before { get; set; } = static _ => { };

    /// <summary>Number of slice requests so far.</summary>
    public ConcurrentQueue<SliceRequest> Asked { get; } = [];

    /// <summary>Ids of the requests whose records have arrived.</summary>
    public ConcurrentQueue<string> Ledger { get; } = [];

    public PricingClient Client() =>
        new(new HttpClient(this, disposeHandler: false) { BaseAddress = _address, Timeout = Timeout.InfiniteTimeSpan });

    /// <summary>A gateway's budgets that ask this service. They request nothing ahead of need.</summary>
    public KeyBudgets Budgets(GatewayIdentity identity, TimeProvider time) =>
        new(
            Client(),
            identity,
            Network(time),
            Options.Create(new BudgetSliceOptions { Horizon = TimeSpan.Zero }),
            Options.Create(new PricingConnectionOptions()),
            time,
            NullLogger<KeyBudgets>.Instance
        );

    public static Registry.Network Network(TimeProvider time) => new(Options.Create(new SelectionOptions()), time, new Random(1));

    public static GatewayIdentity Identity(string folder) => new(Options.Create(new GatewayOptions { Id = "g", DataDirectory = folder }));

    /// <summary>An answer that grants <paramref name="amount"/>.</summary>
    public SliceAnswer Granted(SliceRequest request, decimal amount) =>
        new(
            SliceOutcome.Granted,
            new BudgetSlice(
                string.Create(CultureInfo.InvariantCulture, $"slice-{Interlocked.Increment(ref _slices)}"),
                request.KeyId,
                request.GatewayId,
                amount,
                0,
                LeaseSeconds: 3600,
                default
            ),
            null,
            null,
            null,
            null
        );

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = request.RequestUri!.AbsolutePath;
        Before($"{request.Method} {path}");
        return path switch
        {
            "/budgets/slices" when request.Method == HttpMethod.Post => Answer(Grant(await BodyAsync<SliceRequest>(request))),
            "/budgets/slices" or "/budgets/slices/shrink" or "/budgets/slices/renew" => Answer(new SliceList([], [])),
            "/usage/records" => Answer(Record(await BodyAsync<UsageBatch>(request))),
            _ => new HttpResponseMessage(System.Net.HttpStatusCode.NotFound) { RequestMessage = request },
        };
    }

    private static async Task<T> BodyAsync<T>(HttpRequestMessage request) =>
        (await request.Content!.ReadFromJsonAsync<T>(ContractsJson.Default.Options))!;

    private static HttpResponseMessage Answer<T>(T answer) =>
        new() { Content = JsonContent.Create(answer, options: ContractsJson.Default.Options) };

    private SliceAnswer Grant(SliceRequest request)
    {
        Asked.Enqueue(request);
        return Ask?.Invoke(request) ?? Granted(request, request.Needed);
    }

    private UsageReceipt Record(UsageBatch batch)
    {
        foreach (var record in batch.Records)
        {
            Ledger.Enqueue(record.RequestId);
        }

        return new UsageReceipt(batch.Records.Count, 0, []);
    }
}
