using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Standalone.Models;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>A whole service with models of several families: how each uses the caller's prompt, and that a refusal is free.</summary>
public sealed class PromptTests(PromptTests.Service service) : IClassFixture<PromptTests.Service>
{
    private static readonly byte[] Cat = File.ReadAllBytes(Path.Combine(ModelLocator.SamplesFolder, "cat.png"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Models_say_how_they_use_a_prompt_whether_loaded_or_not()
    {
        using var models = JsonDocument.Parse(await service.Http.GetStringAsync("/models", Cancelled));
        var uses = models
            .RootElement.GetProperty("models")
            .EnumerateArray()
            .ToDictionary(
                static model => model.GetProperty("model_id").GetString()!,
                static model => model.GetProperty("prompt_use").GetString()!
            );
        Assert.Equal(
            ["continues", "continues", "none", "tasks"],
            new[] { "starter", "git-base", "trocr-learned", "florence2" }.Select(model => uses[model])
        );
    }

    [Theory]
    [InlineData("trocr-learned", "a photo of", "takes no prompt")]
    [InlineData("florence2", "<CAPTION> a dog", "The task <CAPTION> takes no other text")]
    [InlineData("florence2", "<CAPTION_TO_PHRASE_GROUNDING>", "needs a text")]
    [InlineData("florence2", "<NONSENSE>", "<NONSENSE> is not a task of this model")]
    public async Task A_prompt_that_a_model_cannot_use_is_refused_free_of_charge_in_every_dialect(string model, string prompt, string said)
    {
        long before = await CaptionsChargedAsync();
        using (
            var form = new MultipartFormDataContent
            {
                { new ByteArrayContent(Cat), "image", "cat.png" },
                { new StringContent(model), "model_id" },
            }
        )
        {
            form.Add(new StringContent(prompt), "prompt");
            await AssertRefusedAsync("/image-to-text", form, said);
        }

        await AssertRefusedAsync(
            $"/models/{model}",
            JsonContent.Create(new { inputs = Convert.ToBase64String(Cat), parameters = new { prompt } }),
            said
        );
        if (model == "florence2")
        {
            await AssertRefusedAsync("/v1/chat/completions", Chat(model, prompt), said);
        }

        Assert.Equal(before, await CaptionsChargedAsync());
    }

    [Fact]
    public async Task A_batch_refuses_each_picture_of_a_task_with_text_that_it_does_not_take()
    {
        long before = await CaptionsChargedAsync();
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(Cat), "images", "one.png" },
            { new ByteArrayContent(Cat), "images", "two.png" },
            { new StringContent("florence2"), "model_id" },
        };
        form.Add(new StringContent("<CAPTION> a dog"), "prompt");
        using var answer = await service.Http.PostAsync("/image-to-text/batch", form, Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("0", Assert.Single(answer.Headers.GetValues("x-cost-usd")));
        var results = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal([422, 422], results.Select(static result => result.GetProperty("status").GetInt32()));
        Assert.All(
            results,
            static result =>
                Assert.Contains("The task <CAPTION> takes no other text", string.Concat(Texts(result)), StringComparison.Ordinal)
        );
        Assert.Equal(before, await CaptionsChargedAsync());
    }

    [Theory]
    [InlineData("trocr-learned")]
    [InlineData("florence2")]
    [InlineData("starter")]
    public async Task A_chat_text_that_a_model_cannot_use_is_left_out_and_the_answer_says_so(string model)
    {
        using var answer = await service.Http.PostAsync("/v1/chat/completions", Chat(model, "What is in this picture?"), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("ignored", Assert.Single(answer.Headers.GetValues("x-prompt")));
    }

    [Fact]
    public async Task A_task_in_a_chat_is_done()
    {
        using var answer = await service.Http.PostAsync("/v1/chat/completions", Chat("florence2", " <Detailed_Caption> "), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.False(answer.Headers.Contains("x-prompt"));
    }

    [Theory]
    [InlineData("florence2", HttpStatusCode.OK)]
    [InlineData("git-base", HttpStatusCode.UnprocessableEntity)]
    public async Task Models_with_lengths_honour_a_length_and_the_others_refuse_it_by_name(string model, HttpStatusCode status)
    {
        string parameters = """{"caption_length":"long","max_new_tokens":6,"min_new_tokens":4}""";
        using var answer = await service.Http.PostAsync(
            $"/models/{model}",
            JsonContent.Create(new { inputs = Convert.ToBase64String(Cat), parameters = JsonDocument.Parse(parameters).RootElement }),
            Cancelled
        );
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(status == answer.StatusCode, body);
        if (status != HttpStatusCode.OK)
        {
            Assert.Contains("caption_length", body, StringComparison.Ordinal);
            Assert.Contains(model, body, StringComparison.Ordinal);
        }
    }

    private async Task AssertRefusedAsync(string route, HttpContent body, string said)
    {
        using var refused = await service.Http.PostAsync(route, body, Cancelled);
        string text = await refused.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.False(refused.Headers.Contains("x-cost-usd"));
        string words = string.Concat(Texts(JsonDocument.Parse(text).RootElement));
        Assert.Contains("prompt", words, StringComparison.Ordinal);
        Assert.Contains(said, words, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Texts(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(static property => Texts(property.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
            JsonValueKind.String => [element.GetString()! + " "],
            _ => [],
        };

    private static JsonContent Chat(string model, string text)
    {
        string url = "data:image/png;base64," + Convert.ToBase64String(Cat);
        object[] content = [new { type = "text", text }, new { type = "image_url", image_url = new { url } }];
        return JsonContent.Create(
            new
            {
                model,
                max_tokens = 6,
                min_new_tokens = 4,
                messages = new[] { new { role = "user", content } },
            }
        );
    }

    private async Task<long> CaptionsChargedAsync()
    {
        using var usage = JsonDocument.Parse(await service.Http.GetStringAsync("/usage", Cancelled));
        return usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("captions").GetInt64();
    }

    /// <summary>A 'serve' with one model for each way of using prompts.</summary>
    public sealed class Service : IAsyncLifetime
    {
        private ServingProcess? _process;

        /// <summary>Asks it.</summary>
        public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

        public async ValueTask InitializeAsync()
        {
            string[] families = ["git-base", "trocr-learned", "florence2"];
            _process = await ServingProcess.StartAsync(
                CancellationToken.None,
                [.. families.SelectMany(static name => new[] { "--model", Path.Combine(Repository.Root, "tests/Fixtures/families", name) })]
            );
            Http.BaseAddress = _process.Address;
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }
        }
    }
}
