using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>Refusals in OpenAI's shape.</summary>
internal static class OpenAiErrors
{
    /// <summary>What a refusal says.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="form">The form of the conversation, for the name of the list with the picture.</param>
    public static OpenAiError Of(Refusal refusal, ChatForm form)
    {
        string type = refusal.Status switch
        {
            401 => "authentication_error",
            402 => "insufficient_quota",
            403 => "permission_error",
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };
        // The names that these clients know.
        string? parameter = refusal.Parameter switch
        {
            "model_id" => "model",
            Refusals.PictureParameter => form.Messages,
            var other => other,
        };
        return new OpenAiError(refusal.Message, type, parameter, refusal.Code);
    }
}
