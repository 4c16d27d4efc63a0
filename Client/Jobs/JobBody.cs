using System.Text.Json.Nodes;
using ImageToText.Client.Requests;

namespace ImageToText.Client.Jobs;

/// <summary>The body of a request that starts a job.</summary>
internal static class JobBody
{
    public static JsonObject Of(JobRequest request)
    {
        var body = request.Options is { } options ? CaptionOptionsJson.FieldsOf(options) : [];
        foreach (var (name, value) in request.Fields ?? [])
        {
            body[name] = value?.DeepClone();
        }

        if (request.Addresses is { } addresses)
        {
            body["addresses"] = new JsonArray([.. addresses.Select(static address => JsonValue.Create(address))]);
        }

        foreach (
            var (name, text) in (ReadOnlySpan<(string, string?)>)
                [
                    ("folder", request.Folder),
                    ("bucket", request.Bucket),
                    ("prefix", request.Prefix),
                    ("results_key", request.ResultsKey),
                    ("completion_window", request.CompletionWindow),
                ]
        )
        {
            if (text is not null)
            {
                body[name] = text;
            }
        }

        if (request.MaxCostUsd is { } most)
        {
            body["max_cost_usd"] = most;
        }

        if (request.Sidecars)
        {
            body["sidecars"] = true;
        }

        if (request.Webhook is { } webhook)
        {
            body["webhook"] = new JsonObject { ["url"] = webhook.Url.AbsoluteUri, ["secret"] = webhook.Secret };
        }

        return body;
    }
}
