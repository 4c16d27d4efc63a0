using System.Text;
using System.Text.Json;
using ImageToText.Contracts;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.TestSupport;

/// <summary>
/// A node without a model, for tests of everything in front of nodes. It implements the runner's API and our extensions, answers every
/// picture with the same caption, and fails on demand.
/// </summary>
public static class FakeNodeApp
{
    /// <summary>Creates a node.</summary>
    /// <param name="args">Such as <c>--urls=http://127.0.0.1:0 --delay=100 --text=…</c>; delay in milliseconds.</param>
    /// <param name="behaviour">Controls its behaviour from now on.</param>
    public static WebApplication Create(string[] args, out FakeNodeBehaviour behaviour)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var state = behaviour = new FakeNodeBehaviour
        {
            Delay = TimeSpan.FromMilliseconds(builder.Configuration.GetValue("delay", 0.0)),
            Text = builder.Configuration.GetValue("text", "a picture")!,
            Status = builder.Configuration.GetValue("status", 200),
            ReadsForms = builder.Configuration.GetValue("read-forms", true),
        };
        var app = builder.Build();
        app.MapGet("/health", () => Results.Json(new NodeHealth("OK"), NodeApiJson.Default.NodeHealth, statusCode: state.HealthStatus));
        app.MapPost("/image-to-text", http => CaptionAsync(http, state));
        app.MapGet("/models", () => Results.Json(new ServedModels("", 0, 0, state.Models), NodeApiJson.Default.ServedModels));
        app.MapPost("/models/{**call}", (string call) => Changed(state, call));
        return app;
    }

    private static IResult Changed(FakeNodeBehaviour state, string call)
    {
        state.ModelCalls.Enqueue(call);
        return Results.Json(
            new ServedModel
            {
                Id = call,
                State = ServedModelState.Loaded,
                Warm = true,
                Source = "configured",
            },
            NodeApiJson.Default.ServedModel
        );
    }

    private static async Task CaptionAsync(HttpContext http, FakeNodeBehaviour state)
    {
        var told = state.Began();
        try
        {
            state.LastAuthorization = http.Request.Headers.Authorization;
            state.LastYielded = http.Request.Headers[CaptionHeaders.Yields] == "true";
            told.Status = told.RefusesItems && state.LastYielded ? StatusCodes.Status429TooManyRequests : told.Status;
            var form = await ReadAsync(http, state);
            if (told.Delay > TimeSpan.Zero)
            {
                await Task.Delay(told.Delay, http.RequestAborted);
            }

            if (told.Holds is { } held)
            {
                await held.WaitAsync(http.RequestAborted);
            }

            if (told.StatusOf is { } statusOf)
            {
                told.Status = statusOf(long.Parse(form["image"], System.Globalization.CultureInfo.InvariantCulture));
                if (told.Status == 0)
                {
                    http.Abort();
                    return;
                }
            }

            await AnswerAsync(http, told, form);
        }
        finally
        {
            state.Ended();
        }
    }

    private static async Task<Dictionary<string, string>> ReadAsync(HttpContext http, FakeNodeBehaviour state)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!state.ReadsForms)
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            return fields;
        }

        var form = await http.Request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = long.MaxValue }, http.RequestAborted);
        foreach (var (name, value) in form)
        {
            fields[name] = value.ToString();
        }

        foreach (var file in form.Files)
        {
            fields[file.Name] = file.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        state.LastForm = fields;
        return fields;
    }

    private static async Task AnswerAsync(HttpContext http, FakeNodeBehaviour told, Dictionary<string, string> form)
    {
        if (told.RetryAfter is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (told.LoadsFor is { } expected && http.Request.Headers[CaptionHeaders.WaitForModel] == "false")
        {
            http.Response.Headers[CaptionHeaders.EstimatedTime] = expected.ToString(System.Globalization.CultureInfo.InvariantCulture);
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        if (told.Status != 200)
        {
            http.Response.StatusCode = told.Status;
            await http.Response.WriteAsJsonAsync(
                new NodeError(new NodeErrorDetail("The fake node is set to answer this way.")),
                NodeApiJson.Default.NodeError,
                cancellationToken: http.RequestAborted
            );
            return;
        }

        if (Refusal(told) is { } refusal)
        {
            await RefuseAsync(http, told, refusal, form.GetValueOrDefault("stream") == "true");
            return;
        }

        if (told.Plain)
        {
            await http.Response.WriteAsJsonAsync(
                new CaptionResponse { Text = told.Text },
                NodeApiJson.Default.CaptionResponse,
                cancellationToken: http.RequestAborted
            );
            return;
        }

        http.Response.Headers["x-model-revision"] = "revision-1";
        http.Response.Headers["Server-Timing"] = "queue;dur=0, decode;dur=1, preprocess;dur=1, encode;dur=2, generate;dur=3";
        var whole = Whole(
            told,
            int.Parse(form.GetValueOrDefault("num_return_sequences", "1"), System.Globalization.CultureInfo.InvariantCulture)
        );
        if (form.GetValueOrDefault("stream") != "true")
        {
            await http.Response.WriteAsJsonAsync(whole, NodeApiJson.Default.CaptionResponse, cancellationToken: http.RequestAborted);
            return;
        }

        http.Response.ContentType = "text/event-stream";
        if (told.CutsStreams)
        {
            // Announce more than will come, so the piece arrives and then the connection ends.
            http.Response.ContentLength = 10_000;
        }

        int sent = 0;
        foreach (string word in told.Text.Split(' '))
        {
            if (sent++ == told.StallsAfter)
            {
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
            }

            await SendAsync(http, null, JsonSerializer.Serialize(new CaptionPiece { Text = word + " " }, NodeApiJson.Default.CaptionPiece));
            if (told.CutsStreams)
            {
                return;
            }
        }

        await SendAsync(http, CaptionStream.CaptionEvent, JsonSerializer.Serialize(whole, NodeApiJson.Default.CaptionResponse));
    }

    private static CaptionStreamError? Refusal(FakeNodeBehaviour told) =>
        told.Refuses is { } field ? new(422, new NodeErrorDetail(field.Msg, null, field.Loc[^1]))
        : told.RefusesPlainly is { } other ? new(other.Status, other.Detail)
        : null;

    private static async Task RefuseAsync(HttpContext http, FakeNodeBehaviour told, CaptionStreamError refusal, bool streams)
    {
        if (streams && told.RefusesInStreams)
        {
            http.Response.ContentType = "text/event-stream";
            await SendAsync(http, null, JsonSerializer.Serialize(new CaptionPiece { Text = "a " }, NodeApiJson.Default.CaptionPiece));
            await SendAsync(http, CaptionStream.ErrorEvent, JsonSerializer.Serialize(refusal, NodeApiJson.Default.CaptionStreamError));
            return;
        }

        http.Response.StatusCode = refusal.Status;
        await (
            told.Refuses is { } field
                ? http.Response.WriteAsJsonAsync(new NodeValidationError([field]), NodeApiJson.Default.NodeValidationError)
                : http.Response.WriteAsJsonAsync(new NodeError(refusal.Detail), NodeApiJson.Default.NodeError)
        );
    }

    private static CaptionResponse Whole(FakeNodeBehaviour told, int sequences) =>
        new()
        {
            Text = told.Text,
            Details = new CaptionDetails
            {
                Sequences =
                [
                    .. Enumerable.Repeat(
                        new CaptionSequenceDetails
                        {
                            Text = told.Text,
                            TokenIds = [1, 2, 3],
                            LogProbabilities = [-0.1f, -0.2f, -0.3f],
                            Score = -0.2,
                            FinishReason = "stop",
                        },
                        sequences
                    ),
                ],
                Confidence = 0.8,
                Image = new CaptionImageDetails(512, 512, "png"),
                Timings = new CaptionTimingDetails(0, 1, 1, 2, 3),
            },
        };

    private static async Task SendAsync(HttpContext http, string? name, string data)
    {
        string text = (name is null ? "" : $"event: {name}\n") + $"data: {data}\n\n";
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
