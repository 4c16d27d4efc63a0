using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace ImageToText.Client.Chat;

/// <summary>
/// The service as a chat client for Microsoft.Extensions.AI. It answers messages that hold one picture with its caption. Text in
/// the messages is ignored, because these models continue a text rather than answer it; <see cref="CaptionPrefix"/> sets how the
/// caption begins.
/// </summary>
public sealed class ImageToTextChatClient : IChatClient
{
    /// <summary>The additional property of <see cref="ChatOptions"/> for the text that the caption begins with.</summary>
    public const string CaptionPrefix = "caption_prefix";

    /// <summary>The additional property of <see cref="ChatOptions"/> for the number of beams.</summary>
    public const string NumBeams = "num_beams";

    /// <summary>The additional property of a response that holds its cost, in USD.</summary>
    public const string CostUsd = "cost_usd";

    private readonly IImageToTextClient _client;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Creates a chat client that uses <paramref name="client"/>.</summary>
    /// <param name="client">The client. It is not disposed of.</param>
    /// <param name="defaultModelId">The model for requests that name none; null: the network's default.</param>
    public ImageToTextChatClient(IImageToTextClient client, string? defaultModelId = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _metadata = new ChatClientMetadata("imagetotext", (client as ImageToTextClient)?.Endpoint, defaultModelId);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The messages hold no picture, more than one picture, or a picture's web address.
    /// </exception>
    /// <exception cref="ImageToTextException">The service made no caption.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var caption = await _client.CaptionAsync(PictureOf(messages), OptionsOf(options), cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, caption.Text) { MessageId = caption.Receipt.RequestId })
        {
            ResponseId = caption.Receipt.RequestId,
            ModelId = caption.ModelId,
            FinishReason = FinishOf(caption),
            Usage = UsageOf(caption),
            AdditionalProperties = PropertiesOf(caption),
            RawRepresentation = caption,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The messages hold no picture, more than one picture, or a picture's web address.
    /// </exception>
    /// <exception cref="ImageToTextException">The service made no caption, or the caption was cut off.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        bool any = false;
        await foreach (var update in _client.StreamCaptionAsync(PictureOf(messages), OptionsOf(options), cancellationToken))
        {
            if (update.Piece is { } piece)
            {
                any = true;
                yield return new ChatResponseUpdate(ChatRole.Assistant, piece.Text) { RawRepresentation = piece };
            }
            else if (update.Whole is { } whole)
            {
                List<AIContent> rest = any ? [] : [new TextContent(whole.Text)];
                if (UsageOf(whole) is { } usage)
                {
                    rest.Add(new UsageContent(usage));
                }

                yield return new ChatResponseUpdate(ChatRole.Assistant, rest)
                {
                    ResponseId = whole.Receipt.RequestId,
                    ModelId = whole.ModelId,
                    FinishReason = FinishOf(whole),
                    AdditionalProperties = PropertiesOf(whole),
                    RawRepresentation = whole,
                };
            }
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_client) ? _client
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The client belongs to whoever passed it in.
    }

    private static Picture PictureOf(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Picture? found = null;
        foreach (var content in messages.SelectMany(static message => message.Contents))
        {
            if (content is UriContent address && address.HasTopLevelMediaType("image"))
            {
                throw new ArgumentException(
                    "The messages name a picture by its web address: load it and pass it as DataContent.",
                    nameof(messages)
                );
            }

            if (content is not DataContent data || !data.HasTopLevelMediaType("image"))
            {
                continue;
            }

            found = found is null
                ? new Picture(data.Data, data.Name)
                : throw new ArgumentException("The messages hold more than one picture: send each in its own request.", nameof(messages));
        }

        return found
            ?? throw new ArgumentException(
                "The messages hold no picture: add one as DataContent with an image's media type.",
                nameof(messages)
            );
    }

    private static ChatFinishReason? FinishOf(Caption caption) =>
        caption.Details?.Sequences is not [{ } best, ..] ? null
        : best.FinishReason == "length" ? ChatFinishReason.Length
        : ChatFinishReason.Stop;

    private static UsageDetails? UsageOf(Caption caption) =>
        caption.Details?.Sequences is [{ TokenIds.Count: var tokens }, ..]
            ? new UsageDetails
            {
                InputTokenCount = 0,
                OutputTokenCount = tokens,
                TotalTokenCount = tokens,
            }
            : null;

    private static AdditionalPropertiesDictionary? PropertiesOf(Caption caption) =>
        caption.Receipt.CostUsd is { } cost ? new AdditionalPropertiesDictionary { [CostUsd] = cost } : null;

    private CaptionOptions OptionsOf(ChatOptions? options)
    {
        // A temperature asks for sampling, as chat clients expect. Without one, the likeliest caption is the answer.
        bool isDrawn = options?.Temperature > 0;
        return new CaptionOptions
        {
            ModelId = options?.ModelId ?? _metadata.DefaultModelId,
            MaxNewTokens = options?.MaxOutputTokens,
            DoSample = isDrawn ? true : null,
            Temperature = isDrawn ? options!.Temperature : null,
            TopP = isDrawn ? options!.TopP : null,
            TopK = isDrawn ? options!.TopK : null,
            Seed = options?.Seed,
            Prompt = Property<string>(options, CaptionPrefix),
            NumBeams = Property<int?>(options, NumBeams),
            Details = true,
        };
    }

    private static T? Property<T>(ChatOptions? options, string name) =>
        options?.AdditionalProperties?.TryGetValue(name, out object? value) != true || value is null ? default
        : value is T given ? given
        : throw new ArgumentException(
            $"The additional property '{name}' is a {value.GetType().Name}, but must be a {typeof(T).Name}.",
            nameof(options)
        );
}

/// <summary>Turns clients into chat clients.</summary>
public static class ImageToTextChatClientExtensions
{
    /// <summary>Returns the service as a chat client.</summary>
    /// <param name="client">The client. Disposing of the chat client does not dispose of it.</param>
    /// <param name="defaultModelId">The model for requests that name none; null: the network's default.</param>
    public static IChatClient AsChatClient(this IImageToTextClient client, string? defaultModelId = null) =>
        new ImageToTextChatClient(client, defaultModelId);
}
