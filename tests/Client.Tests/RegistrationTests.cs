using ImageToText.Client.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.Client.Tests;

public sealed class RegistrationTests
{
    private static readonly DataContent Square = new(Pictures.Png(8, 8), "image/png");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Endpoint", "")]
    [InlineData("Endpoint", "ftp://gateway.test")]
    [InlineData("ApiKey", "a key")]
    [InlineData("Timeout", "00:00:00")]
    [InlineData("MaxRetries", "-1")]
    [InlineData("RetryDelay", "-00:00:01")]
    [InlineData("LongestRetryDelay", "00:00:00")]
    public void Invalid_options_are_refused_by_their_key(string key, string value)
    {
        using var services = Services(("Endpoint", "http://gateway.test"), (key, value));
        var error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IImageToTextClient>());
        Assert.Contains($"ImageToText:Client:{key}", error.Message, StringComparison.Ordinal);
        if (key == "ApiKey")
        {
            Assert.DoesNotContain(value, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_are_read_from_configuration()
    {
        using var services = Services(("Endpoint", "https://gateway.test/captions"), ("MaxRetries", "7"));
        Assert.Equal(
            "https://gateway.test/captions/",
            ((ImageToTextClient)services.GetRequiredService<IImageToTextClient>()).Endpoint.AbsoluteUri
        );
        Assert.Equal(7, services.GetRequiredService<IOptions<ImageToTextClientOptions>>().Value.MaxRetries);
    }

    [Fact]
    public void A_chat_client_describes_itself()
    {
        using var services = Services(("Endpoint", "https://gateway.test"));
        using var chat = services.GetRequiredService<IImageToTextClient>().AsChatClient("starter");
        var metadata = chat.GetService<ChatClientMetadata>()!;
        Assert.Equal(
            ("imagetotext", "starter", "https://gateway.test/"),
            (metadata.ProviderName, metadata.DefaultModelId, metadata.ProviderUri!.AbsoluteUri)
        );
        Assert.NotNull(chat.GetService<IImageToTextClient>());
        Assert.Same(chat, chat.GetService<ImageToTextChatClient>());
        Assert.Null(chat.GetService(typeof(ImageToTextChatClient), "another"));
    }

    [Fact]
    public async Task A_chat_without_exactly_one_picture_is_refused_before_anything_is_sent()
    {
        using var handler = new StubHandler(static () => StubHandler.Answer(200, "application/json", """{"text":"a picture"}"""));
        using var chat = handler.Client().AsChatClient();
        foreach (
            var (contents, words) in new (AIContent[], string)[]
            {
                ([new TextContent("Hello")], "no picture"),
                ([Square, Square], "more than one"),
                ([new UriContent("http://pictures.test/cat.png", "image/png")], "web address"),
            }
        )
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(() =>
                chat.GetResponseAsync([new ChatMessage(ChatRole.User, contents)], cancellationToken: Cancelled)
            );
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, handler.Received);
        var typed = new ChatOptions { AdditionalProperties = new() { ["num_beams"] = "three" } };
        await Assert.ThrowsAsync<ArgumentException>(() =>
            chat.GetResponseAsync([new ChatMessage(ChatRole.User, [Square])], typed, Cancelled)
        );
    }

    [Theory]
    [InlineData("follows", "What is it?", "What is it?")]
    [InlineData("follows", null, null)]
    [InlineData("tasks", "What is it?", null)]
    [InlineData("tasks", "<OD>", "<OD>")]
    [InlineData("continues", "What is it?", null)]
    [InlineData("none", "What is it?", null)]
    public async Task A_question_is_the_prompt_of_a_model_that_can_use_it(string use, string? question, string? prompt)
    {
        using var service = new ChatService(use);
        using var chat = service.Client().AsChatClient("org/model");
        ChatMessage[] history =
        [
            new(ChatRole.System, "You are brief."),
            new(ChatRole.User, [new TextContent("And this?"), new DataContent(Pictures.Png(4, 4), "image/png")]),
            new(ChatRole.Assistant, "A dog."),
            new(ChatRole.User, [Square]),
            .. question is null ? Array.Empty<ChatMessage>() : [new ChatMessage(ChatRole.User, question)],
        ];
        // Without a question after it, the one before counts.
        string? expected = question is null && use == "follows" ? "And this?" : prompt;

        var answer = await chat.GetResponseAsync(history, cancellationToken: Cancelled);
        await chat.GetResponseAsync(history, cancellationToken: Cancelled);

        Assert.Equal([expected, expected], service.Prompts);
        Assert.Equal(1, service.CatalogueReads);
        Assert.Equal(expected is null, answer.AdditionalProperties?.ContainsKey(ImageToTextChatClient.PromptIgnored) ?? false);
    }

    [Fact]
    public async Task Captions_go_on_without_the_question_while_the_catalogue_is_away()
    {
        using var service = new ChatService(use: null);
        using var chat = service.Client().AsChatClient("org/model");
        var answer = await chat.GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new TextContent("What is it?"), Square])],
            cancellationToken: Cancelled
        );
        Assert.Equal("a picture", answer.Text);
        Assert.True((bool)answer.AdditionalProperties![ImageToTextChatClient.PromptIgnored]!);
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder();
        foreach (var (key, value) in settings)
        {
            configuration.AddInMemoryCollection([new($"{ImageToTextClientOptions.Section}:{key}", value)]);
        }

        var services = new ServiceCollection();
        services.AddImageToTextClient(configuration.Build().GetSection(ImageToTextClientOptions.Section));
        return services.BuildServiceProvider();
    }
}
