using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ImageToText.Contracts;
using Microsoft.Extensions.AI;

namespace ImageToText.Client.Chat;

/// <summary>
/// The service as a chat client for Microsoft.Extensions.AI. It answers messages that hold a picture with its caption; the last
/// picture and the last question count. A model that follows instructions gets the question, and one with tasks gets it if it names a
/// task. All others continue a text rather than answer it, so for them it is left out, and <see cref="PromptIgnored"/> says so;
/// <see cref="CaptionPrefix"/> sets how the caption begins.
/// </summary>
/// <remarks>If a message has text, the service is asked what the model does with it: once for each model that is named.</remarks>
public sealed partial class ImageToTextChatClient : IChatClient
{
    /// <summary>The additional property of <see cref="ChatOptions"/> for the text that the caption begins with.</summary>
    public const string CaptionPrefix = "caption_prefix";

    /// <summary>The additional property of <see cref="ChatOptions"/> for the number of beams.</summary>
    public const string NumBeams = "num_beams";

    /// <summary>The additional property of a response that holds its cost, in USD.</summary>
    public const string CostUsd = "cost_usd";

    /// <summary>The additional property of a response that is true if the model can't use the messages' text.</summary>
    public const string PromptIgnored = "prompt_ignored";

    private readonly ConcurrentDictionary<string, PromptUse> _uses = new(StringComparer.Ordinal);
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
    /// The messages hold no picture, more than one in the last message with pictures, or a picture's web address.
    /// </exception>
    /// <exception cref="ImageToTextException">The service made no caption.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var conversation = Conversation.Read(messages);
        var (asked, ignored) = await AskAsync(conversation.Question, options, cancellationToken);
        var caption = await _client.CaptionAsync(conversation.Picture, asked, cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, caption.Text) { MessageId = caption.Receipt.RequestId })
        {
            ResponseId = caption.Receipt.RequestId,
            ModelId = caption.ModelId,
            FinishReason = FinishOf(caption),
            Usage = UsageOf(caption),
            AdditionalProperties = PropertiesOf(caption, ignored),
            RawRepresentation = caption,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The messages hold no picture, more than one in the last message with pictures, or a picture's web address.
    /// </exception>
    /// <exception cref="ImageToTextException">The service made no caption, or the caption was cut off.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        bool any = false;
        var conversation = Conversation.Read(messages);
        var (asked, ignored) = await AskAsync(conversation.Question, options, cancellationToken);
        await foreach (var update in _client.StreamCaptionAsync(conversation.Picture, asked, cancellationToken))
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
                    AdditionalProperties = PropertiesOf(whole, ignored),
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

    private static AdditionalPropertiesDictionary? PropertiesOf(Caption caption, bool ignored)
    {
        var properties = new AdditionalPropertiesDictionary();
        if (caption.Receipt.CostUsd is { } cost)
        {
            properties[CostUsd] = cost;
        }

        if (ignored)
        {
            properties[PromptIgnored] = true;
        }

        return properties.Count == 0 ? null : properties;
    }

    /// <summary>The options with the prompt that the model can use, and whether a question was left out.</summary>
    private async Task<(CaptionOptions Options, bool Ignored)> AskAsync(
        string question,
        ChatOptions? options,
        CancellationToken cancellationToken
    )
    {
        var asked = OptionsOf(options);
        if (question.Length == 0)
        {
            return (asked, false);
        }

        bool isUsed =
            asked.Prompt is null
            && await UseAsync(asked.ModelId, cancellationToken) switch
            {
                PromptUse.Follows => true,
                // A sentence is no task.
                PromptUse.Tasks => TaskToken().IsMatch(question),
                _ => false,
            };
        return isUsed ? (asked with { Prompt = question }, false) : (asked, true);
    }

    private async Task<PromptUse?> UseAsync(string? modelId, CancellationToken cancellationToken)
    {
        if (modelId is not null && _uses.TryGetValue(modelId, out var known))
        {
            return known;
        }

        try
        {
            var catalogue = await _client.GetModelsAsync(cancellationToken);
            foreach (var model in catalogue.Models)
            {
                if (model.PromptUse is { } use)
                {
                    _uses[model.ModelId] = use;
                }
            }

            // Which model is the default may change, so that is asked each time.
            string? wanted = modelId ?? catalogue.DefaultModelId;
            return wanted is not null && _uses.TryGetValue(wanted, out var found) ? found : null;
        }
        catch (ImageToTextException)
        {
            // Captions go on while the catalogue is away.
            return null;
        }
    }

    [GeneratedRegex(@"^\s*<\s*[A-Za-z][A-Za-z0-9_]*\s*>", RegexOptions.CultureInvariant)]
    private static partial Regex TaskToken();

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
