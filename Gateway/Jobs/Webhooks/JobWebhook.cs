using System.Text.Json;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.ServiceDefaults.Webhooks;

namespace ImageToText.Gateway.Jobs.Webhooks;

/// <summary>What is told of a job's end.</summary>
/// <param name="Url">Its address.</param>
/// <param name="Secret">What signs the notice, sealed.</param>
internal sealed record JobWebhook(string Url, string Secret)
{
    private const string Field = "webhook";

    /// <summary>Reads it out of the body of <c>POST /jobs</c>; null: none is asked for.</summary>
    /// <exception cref="RefusalException">400 or 422: it can't be called so.</exception>
    public static JobWebhook? Read(JsonElement body, JobWebhookSender sender, JobSecrets secrets)
    {
        var asked = JsonUpload.Member(body, Field);
        if (asked.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        if (asked.ValueKind != JsonValueKind.Object)
        {
            throw Refusals.BadRequest("'webhook' must be an object with 'url' and 'secret'.", Field);
        }

        string? url = JsonUpload.Text(JsonUpload.Member(asked, "url"), "webhook.url");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps || !sender.Allows(address))
        {
            throw Refusals.InvalidOption(
                "webhook.url",
                "'webhook.url' must be an https address of a host that the operator allows (Gateway:Jobs:WebhookHosts)."
            );
        }

        string? secret = JsonUpload.Text(JsonUpload.Member(asked, "secret"), "webhook.secret");
        return WebhookSecret.Read(secret) is not null
            ? new JobWebhook(address.AbsoluteUri, secrets.Seal(secret!))
            : throw Refusals.InvalidOption("webhook.secret", $"'webhook.secret' {WebhookSecret.Rule}");
    }
}
