using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace ImageToText.Client.Tests;

/// <summary>A service with one model, which tells what it does with a prompt and notes the prompts that it gets.</summary>
/// <param name="use">What it does with one; null: the catalogue is away.</param>
internal sealed partial class ChatService(string? use) : HttpMessageHandler
{
    /// <summary>The prompt of each caption; null: none.</summary>
    public List<string?> Prompts { get; } = [];

    /// <summary>How often the models were asked for.</summary>
    public int CatalogueReads { get; private set; }

    public ImageToTextClient Client() =>
        new(
            new HttpClient(this) { Timeout = Timeout.InfiniteTimeSpan },
            new ImageToTextClientOptions { Endpoint = new Uri("http://gateway.test"), MaxRetries = 0 },
            null
        );

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath == "/models")
        {
            CatalogueReads++;
            return use is null
                ? Json(HttpStatusCode.ServiceUnavailable, """{"error":{"message":"Away.","code":"unavailable","request_id":"r"}}""")
                : Json(
                    HttpStatusCode.OK,
                    $$"""
                    {"models":[{"model_id":"org/model","state":"warm","verified":false,"nodes":1,"warm_nodes":1,"capacity":1,
                    "prompt_use":"{{use}}"}],"default_model_id":"org/model"}
                    """
                );
        }

        // The form's bytes hold a picture; the prompt's part is plain text.
        string form = Encoding.Latin1.GetString(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        Prompts.Add(Prompt().Match(form) is { Success: true } found ? found.Groups[1].Value : null);
        return Json(HttpStatusCode.OK, """{"text":"a picture"}""");
    }

    private static HttpResponseMessage Json(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    [GeneratedRegex("name=\"?prompt\"?\r\n\r\n(.*?)\r\n--", RegexOptions.Singleline)]
    private static partial Regex Prompt();
}
