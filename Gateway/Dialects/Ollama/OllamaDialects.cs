namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>The two forms of the dialect, which differ in how they hold a text.</summary>
/// <param name="Generate">/api/generate: in 'prompt' and 'response'.</param>
/// <param name="Chat">/api/chat: in messages.</param>
internal sealed record OllamaDialects(OllamaDialect Generate, OllamaDialect Chat)
{
    /// <summary>Adds them with all that answers Ollama's clients.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<OllamaModels>();
        services.AddSingleton(static provider => new OllamaDialects(Create(provider, isChat: false), Create(provider, isChat: true)));
        services.AddSingleton(static provider => provider.GetRequiredService<OllamaDialects>().Generate);
    }

    private static OllamaDialect Create(IServiceProvider provider, bool isChat) =>
        ActivatorUtilities.CreateInstance<OllamaDialect>(provider, isChat);
}
