using System.Net.Http.Json;
using System.Text.Json;

namespace ImageToText.Standalone.Tests.Clients;

/// <summary>
/// The official OpenAI client asks a small random SmolVLM a question, in a conversation. Needs Node.js and <c>npm ci</c> in
/// tests/Clients.
/// </summary>
public sealed class ConversationTests
{
    private const string Model = "smolvlm-tiles";
    private const string Question = "What is the dog doing in 2024?";

    private static readonly string Cat = Path.Combine(StandaloneProcess.Samples, "cat.png");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_to_the_last_question_is_streamed_and_is_the_native_one()
    {
        NodeScript.RequireClients();
        await using var service = await ServingProcess.StartAsync(
            Cancelled,
            "--model",
            Path.Combine(Repository.Root, "tests/Fixtures/families", Model)
        );
        using var http = new HttpClient { BaseAddress = service.Address };
        string native = await CaptionAsync(http, Question);

        var told = await NodeScript.RunAsync(
            "conversation.mjs",
            service.Address,
            new Dictionary<string, string?>
            {
                ["KEY"] = "none",
                ["MODEL"] = Model,
                ["PICTURE"] = Cat,
                ["QUESTION"] = Question,
            },
            Cancelled
        );

        Assert.Equal((native, native), ((string)told["streamed"]!, (string)told["whole"]!));
        Assert.True((int)told["pieces"]! > 1, told.ToJsonString());
        // The picture's ids, of ten views, are no part of it.
        Assert.InRange((int)told["completion_tokens"]!, 1, 20);
        Assert.Null(told["prompt"]);
        Assert.NotEqual(native, await CaptionAsync(http, "What is this?"));
    }

    private static async Task<string> CaptionAsync(HttpClient http, string question)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(Cat, Cancelled)), "image", "cat.png" },
            { new StringContent(Model), "model_id" },
            { new StringContent("20"), "max_new_tokens" },
        };
        form.Add(new StringContent(question), "prompt");
        using var answer = await http.PostAsync("/image-to-text", form, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("text").GetString()!;
    }
}
