using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Sends a line's request through the endpoint that it names, as if it had come by itself. So an item has the answer, the price and
/// the cache of a single request.
/// </summary>
internal sealed class LineRun(LineEndpoints endpoints, IServiceScopeFactory scopes)
{
    /// <summary>Runs it.</summary>
    /// <param name="item">Its id, and the key that pays.</param>
    /// <param name="path">The endpoint's path.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<LineAnswer> RunAsync(AdmittedItem item, string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (endpoints.At(path) is not { } endpoint)
        {
            return LineAnswer.Of(ErrorCodeTable.NotFound, $"'{path}' is not offered for batches.");
        }

        await using var scope = scopes.CreateAsyncScope();
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = cancellationToken };
        http.Features.Set(item);
        http.Request.Method = HttpMethods.Post;
        http.Request.Scheme = "http";
        http.Request.Host = new HostString("localhost");
        http.Request.Path = path;
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = body.Length;
        http.Request.Body = new MemoryStream(body.ToArray(), writable: false);
        http.Response.Body = answer;
        http.SetEndpoint(endpoint);
        await endpoint.RequestDelegate!(http);
        await http.Response.CompleteAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return Read(http.Response, answer);
    }

    private static LineAnswer Read(HttpResponse response, MemoryStream answer)
    {
        JsonElement body;
        try
        {
            using var json = JsonDocument.Parse(answer.GetBuffer().AsMemory(0, (int)answer.Length));
            body = json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return LineAnswer.Of(ErrorCodeTable.InvalidRequest, "The endpoint answers this with something other than JSON.");
        }

        decimal cost = decimal.TryParse(
            response.Headers[AnswerHeaders.Cost].ToString(),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out decimal charged
        )
            ? charged
            : 0;
        var wait = int.TryParse(response.Headers.RetryAfter.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : (TimeSpan?)null;
        return new LineAnswer(response.StatusCode, body, cost, wait);
    }
}

/// <summary>What a line's request was answered with.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body.</param>
/// <param name="CostUsd">What it cost.</param>
/// <param name="RetryAfter">When to come back; null: not said.</param>
internal sealed record LineAnswer(int Status, JsonElement Body, decimal CostUsd, TimeSpan? RetryAfter)
{
    /// <summary>Whether it is a caption.</summary>
    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>The error's code; null: there is none.</summary>
    public string? Code =>
        Body.ValueKind == JsonValueKind.Object
        && Body.TryGetProperty("error", out var error)
        && error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("code", out var code)
        && code.ValueKind == JsonValueKind.String
            ? code.GetString()
            : null;

    /// <summary>Whether the key's budget is spent.</summary>
    public bool IsOutOfBudget => Status == StatusCodes.Status402PaymentRequired && Code == ErrorCodeTable.BudgetExhausted.Code;

    /// <summary>Whether there is no room, also on the disk, or nobody to do it, at present.</summary>
    public bool MustWait =>
        Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
        || Code == ErrorCodeTable.StorageFull.Code;

    /// <summary>Whether there is no room because others are being served: that is over soon.</summary>
    public bool IsBusy => MustWait && (Code is null || Code == ErrorCodeTable.Overloaded.Code);

    /// <summary>Whether it failed on our side.</summary>
    public bool IsOurFault => Status >= 500;

    /// <summary>What a line that can't be run fails with.</summary>
    /// <param name="fault">Why it can't be.</param>
    /// <param name="number">Its number in the file.</param>
    public static LineAnswer Of(LineFault fault, int number) =>
        Of(fault.Error(), string.Create(CultureInfo.InvariantCulture, $"Line {number} {fault.Explain()}"));

    /// <summary>An error in OpenAI's form.</summary>
    public static LineAnswer Of(ErrorCode error, string message) => Of(error.Status, error.Code, message);

    /// <summary>A refusal in OpenAI's form.</summary>
    public static LineAnswer Of(Refusal refusal) =>
        Of(refusal.Status, refusal.Code, refusal.Message) with
        {
            RetryAfter = refusal.RetryAfter,
        };

    private static LineAnswer Of(int status, string code, string message) =>
        new(
            status,
            JsonSerializer.SerializeToElement(
                new Dialects.OpenAi.OpenAiErrorBody(new Dialects.OpenAi.OpenAiError(message, "invalid_request_error", null, code)),
                PlainJson.OpenAi.OpenAiErrorBody
            ),
            0,
            null
        );
}
