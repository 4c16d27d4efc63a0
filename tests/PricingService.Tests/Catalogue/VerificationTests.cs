using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Tests.Hosting;
using ImageToText.PricingService.Verification;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Catalogue;

public sealed class VerificationTests(PostgresCluster cluster)
{
    private static readonly VerificationMeasurements Measured = new(1.5, 80, 95, 100_000_000, 3, 2, 2, "f32", "r1");

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_request_goes_through_its_steps_and_ends_verified(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        Assert.False((await host.NodeAsync("node-a")).VerificationWaiting);
        var key = await host.Operator.CreateKeyAsync(new("operator", Scopes: [KeyScope.Operate]));
        var expectations = new Dictionary<string, string> { ["cat.jpg"] = "a cat", ["dog.jpg"] = "a dog" };
        var asked = await host.Client(key.Secret).RequestModelAsync(new("org/model", null, expectations));
        Assert.Equal((ModelRequestState.Waiting, "main", key.Key.KeyId), (asked.State, asked.HubRevision, asked.RequestedBy));
        Assert.Equal(asked.RequestId, (await host.Service.RequestModelAsync(new("org/model"))).RequestId);
        Assert.True((await host.Service.RenewNodeAsync("node-a", new()))!.VerificationWaiting);

        var job = (await host.Service.LeaseVerificationAsync(new("node-a")))!;
        Assert.Equal(expectations, job.Expectations);
        Assert.Null(await host.Service.LeaseVerificationAsync(new("node-a")));
        foreach (var step in Enum.GetValues<VerificationStepName>())
        {
            await host.Service.ReportVerificationStepAsync(job.RequestId, new(job.LeaseId, step));
            host.Time.Advance(TimeSpan.FromSeconds(2));
            await host.Service.ReportVerificationStepAsync(job.RequestId, new(job.LeaseId, step, StepState.Succeeded, $"{step} done"));
        }

        var ended = await host.Service.CompleteVerificationAsync(job.RequestId, new(job.LeaseId, true, null, Measured));
        Assert.Equal((ModelRequestState.Verified, Measured), (ended.State, ended.Measurements));
        Assert.Equal(Enum.GetValues<VerificationStepName>(), ended.Steps.Select(step => step.Name));
        Assert.All(
            ended.Steps,
            step =>
                Assert.Equal(
                    (StepState.Succeeded, "node-a", TimeSpan.FromSeconds(2)),
                    (step.State, step.NodeId, step.EndedAt - step.StartedAt)
                )
        );
        var model = Assert.Single((await host.Service.GetModelsAsync()).Models);
        Assert.Equal(("org/model", true, null, Measured), (model.ModelId, model.Verified, model.State, model.Measurements));

        await host.NodeAsync("node-a", new NodeModel("org/model", "r1", ModelState.Warm));
        Assert.True((await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero)).Network!.Nodes[0].Models[0].Verified);
        Assert.Equal(ModelState.Warm, (await host.Service.GetModelAsync("org/model"))!.State);
    }

    [Fact]
    public async Task A_faulty_model_is_rejected_with_the_reason()
    {
        await using var host = await TestPricing.StartAsync();
        await host.NodeAsync("node-a");
        await host.Service.RequestModelAsync(new("org/broken"));
        var job = (await host.Service.LeaseVerificationAsync(new("node-a")))!;
        await host.Service.ReportVerificationStepAsync(job.RequestId, new(job.LeaseId, VerificationStepName.Load));
        var ended = await host.Service.CompleteVerificationAsync(
            job.RequestId,
            new(job.LeaseId, false, "The tensor text_decoder.cls is missing.", null)
        );
        Assert.Equal((ModelRequestState.Rejected, "The tensor text_decoder.cls is missing."), (ended.State, ended.Reason));
        var step = Assert.Single(ended.Steps);
        Assert.Equal((StepState.Failed, "The tensor text_decoder.cls is missing."), (step.State, step.Detail));
        Assert.NotNull(ended.EndedAt);
        Assert.Null(await host.Service.GetModelAsync("org/broken"));
    }

    [Fact]
    public async Task Captions_that_differ_from_expectations_reject_the_model_whatever_the_node_says()
    {
        await using var host = await TestPricing.StartAsync();
        await host.NodeAsync("node-a");
        await host.Service.RequestModelAsync(new("org/model"));
        var job = (await host.Service.LeaseVerificationAsync(new("node-a")))!;
        var ended = await host.Service.CompleteVerificationAsync(
            job.RequestId,
            new(job.LeaseId, true, null, Measured with { ExpectationsMet = 1 })
        );
        Assert.Equal((ModelRequestState.Rejected, "1 of 2 captions are as expected; node node-a."), (ended.State, ended.Reason));
    }

    [Fact]
    public async Task Expectations_from_non_operators_are_refused_and_do_not_affect_later_requests()
    {
        await using var host = await TestPricing.StartAsync();
        await host.NodeAsync("node-a");
        var key = await host.KeyAsync();
        var wrong = new Dictionary<string, string> { ["cat.jpg"] = "a dog" };
        var refused = await Assert.ThrowsAsync<PricingException>(() =>
            host.Client(key.Secret).RequestModelAsync(new("org/model", null, wrong))
        );
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains("scope operate", refused.Message, StringComparison.Ordinal);
        Assert.Null(await host.Service.LeaseVerificationAsync(new("node-a")));

        await host.Client(key.Secret).RequestModelAsync(new("org/model"));
        Assert.Null((await host.Service.LeaseVerificationAsync(new("node-a")))!.Expectations);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_dead_nodes_job_is_taken_over_and_its_late_reports_are_refused(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        await host.NodeAsync("node-a");
        await host.Service.RequestModelAsync(new("org/model"));
        var first = (await host.Service.LeaseVerificationAsync(new("node-a")))!;
        await host.Service.ReportVerificationStepAsync(first.RequestId, new(first.LeaseId, VerificationStepName.Pull));
        host.Time.Advance(TimeSpan.FromSeconds(60));
        await host.Services.GetRequiredService<VerificationQueue>().TakeBackAsync(TestContext.Current.CancellationToken);
        await host.NodeAsync("node-b");
        var second = (await host.Service.LeaseVerificationAsync(new("node-b")))!;
        Assert.Equal(first.RequestId, second.RequestId);
        var refusal = await Assert.ThrowsAsync<PricingException>(() =>
            host.Service.ReportVerificationStepAsync(first.RequestId, new(first.LeaseId))
        );
        Assert.Equal(HttpStatusCode.Conflict, refusal.Status);
        var request = (await host.Service.GetModelRequestAsync(first.RequestId))!;
        Assert.Equal((2, "node-b"), (request.Attempts, request.NodeId));
        Assert.Equal((StepState.Failed, "The node node-a has not reported for 60 s."), (request.Steps[0].State, request.Steps[0].Detail));
    }

    [Fact]
    public async Task Failures_not_caused_by_the_model_are_retried_and_finally_abandoned()
    {
        await using var host = await TestPricing.StartAsync("--Pricing:Verification:MaxAttempts=2");
        await host.NodeAsync("node-a");
        var asked = await host.Service.RequestModelAsync(new("org/model"));
        var first = (await host.Service.LeaseVerificationAsync(new("node-a")))!;
        await host.Service.CompleteVerificationAsync(
            first.RequestId,
            new(first.LeaseId, false, "The hub is out of reach.", null, Retry: true)
        );
        Assert.Null(await host.Service.LeaseVerificationAsync(new("node-a")));
        host.Time.Advance(TimeSpan.FromSeconds(30));
        await host.NodeAsync("node-a");
        var second = (await host.Service.LeaseVerificationAsync(new("node-a")))!;
        var ended = await host.Service.CompleteVerificationAsync(
            second.RequestId,
            new(second.LeaseId, false, "The hub is out of reach.", null, Retry: true)
        );
        Assert.Equal(asked.RequestId, ended.RequestId);
        Assert.Equal(
            (ModelRequestState.Rejected, "No node could finish it in 2 attempts. The last: The hub is out of reach."),
            (ended.State, ended.Reason)
        );
    }

    [Fact]
    public async Task A_request_that_no_node_takes_is_abandoned()
    {
        await using var host = await TestPricing.StartAsync("--Pricing:Verification:GiveUpAfter=00:01:00");
        var asked = await host.Service.RequestModelAsync(new("org/model"));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.Services.GetRequiredService<VerificationQueue>().TakeBackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ModelRequestState.Rejected, (await host.Service.GetModelRequestAsync(asked.RequestId))!.State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../up")]
    [InlineData("org/na me")]
    public async Task Ids_that_are_not_model_ids_are_refused(string modelId)
    {
        await using var host = await TestPricing.StartAsync();
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await Assert.ThrowsAsync<PricingException>(() => host.Service.RequestModelAsync(new(modelId)))).Status
        );
    }
}
