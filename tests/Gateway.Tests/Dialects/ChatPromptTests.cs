using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>What happens to the text of a chat message depends on what the model does with a prompt.</summary>
public sealed class ChatPromptTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly byte[] First = Pictures.Png(8, 8);
    private static readonly byte[] Second = Pictures.Png(9, 9);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    // A model that follows prompts gets the question. One that continues them, or a runner that doesn't say, gets only openings.
    [InlineData(PromptUse.Follows, "What is it?", null, "What is it?", false)]
    [InlineData(PromptUse.Follows, null, null, null, false)]
    [InlineData(PromptUse.Continues, "What is it?", null, null, true)]
    [InlineData(PromptUse.Continues, "What is it?", "a photo of", "a photo of", true)]
    [InlineData(PromptUse.Continues, null, "a photo of", "a photo of", false)]
    [InlineData(null, "What is it?", null, null, true)]
    [InlineData(PromptUse.None, "What is it?", null, null, true)]
    [InlineData(PromptUse.None, null, "a photo of", null, true)]
    [InlineData(PromptUse.None, null, null, null, false)]
    [InlineData(PromptUse.Tasks, "What is it?", null, null, true)]
    [InlineData(PromptUse.Tasks, " < od > ", null, "< od >", false)]
    [InlineData(PromptUse.Tasks, "<OPEN_VOCABULARY_DETECTION> a dog", null, "<OPEN_VOCABULARY_DETECTION> a dog", false)]
    public async Task A_model_gets_the_text_it_can_use_and_the_answer_says_what_was_left_out(
        PromptUse? use,
        string? said,
        string? prefix,
        string? prompt,
        bool isIgnored
    )
    {
        var cluster = await BuildAsync(use);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var chat = Chat(Message("user", said, First));
        if (prefix is not null)
        {
            chat["caption_prefix"] = prefix;
        }

        using var answer = await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(prompt, cluster.Nodes[0].Behaviour.LastForm.GetValueOrDefault("prompt"));
        Assert.Equal(isIgnored ? ["ignored"] : [], answer.Headers.TryGetValues("x-prompt", out var told) ? told : []);
    }

    [Fact]
    public async Task The_last_picture_and_the_last_question_of_a_conversation_count()
    {
        var cluster = await BuildAsync(PromptUse.Follows);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var chat = Chat(
            Message("system", "You are brief."),
            Message("user", "What is this?", First),
            Message("assistant", "A dog."),
            Message("user", "And this?", Second),
            Message("assistant", "A cat."),
            Message("user", "What colour is it?")
        );
        using var answer = await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var form = cluster.Nodes[0].Behaviour.LastForm;
        Assert.Equal(("What colour is it?", "9"), (form["prompt"], form["expected_width"]));
    }

    [Fact]
    public async Task Two_pictures_in_one_message_are_refused()
    {
        var cluster = await BuildAsync(PromptUse.Follows);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var refused = await http.PostAsync("/v1/chat/completions", Json(Chat(Message("user", "?", First, Second))), Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("More than one picture", await refused.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    private async Task<TestCluster> BuildAsync(PromptUse? use)
    {
        var cluster = await shared.AsNewAsync();
        await cluster.RegisterAsync((_, node) => node with { Models = [.. node.Models.Select(model => model with { PromptUse = use })] });
        return cluster;
    }

    private static JsonObject Chat(params JsonNode[] messages) =>
        new() { ["model"] = PricingHost.Model, ["messages"] = new JsonArray(messages) };

    private static JsonObject Message(string role, string? text, params byte[][] pictures)
    {
        if (pictures.Length == 0)
        {
            return new JsonObject { ["role"] = role, ["content"] = text };
        }

        var content = new JsonArray();
        if (text is not null)
        {
            content.Add((JsonNode)new JsonObject { ["type"] = "text", ["text"] = text });
        }

        foreach (byte[] picture in pictures)
        {
            var url = new JsonObject { ["url"] = "data:image/png;base64," + Convert.ToBase64String(picture) };
            content.Add((JsonNode)new JsonObject { ["type"] = "image_url", ["image_url"] = url });
        }

        return new JsonObject { ["role"] = role, ["content"] = content };
    }

    private static StringContent Json(JsonNode body) =>
        new(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
