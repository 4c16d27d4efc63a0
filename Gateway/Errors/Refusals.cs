using System.Globalization;
using ImageToText.Contracts;
using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Errors;

/// <summary>Every refusal that the gateway gives, in one place, so that their words and statuses can be read together.</summary>
internal static partial class Refusals
{
    /// <summary>The picture, as the parameter at fault. Each dialect knows its own name for it.</summary>
    public const string PictureParameter = "image";

    public static RefusalException BadRequest(string message, string? parameter = null, Exception? inner = null) =>
        new(new Refusal(ErrorCodeTable.InvalidRequest, message) { Parameter = parameter }, inner);

    public static RefusalException InvalidOption(string parameter, string message) =>
        new(new Refusal(ErrorCodeTable.InvalidParameter, message) { Parameter = parameter });

    public static RefusalException MissingPicture(string field) =>
        new(
            new Refusal(ErrorCodeTable.ImageMissing, $"The request holds no picture: send the picture in the field '{Shown(field)}'.")
            {
                Parameter = field,
            }
        );

    public static RefusalException EmptyPicture() =>
        new(
            new Refusal(ErrorCodeTable.ImageMissing, "The picture is empty: it has no bytes. Send the bytes of its file.")
            {
                Parameter = PictureParameter,
            }
        );

    /// <summary>A picture came in a field where none is read.</summary>
    /// <param name="given">The field.</param>
    /// <param name="right">The field that is read.</param>
    public static RefusalException MisplacedPicture(string given, string right) =>
        new(
            new Refusal(
                ErrorCodeTable.ImageMissing,
                $"No picture is read from the field '{Shown(given)}': send the picture in the field '{right}'."
            )
            {
                Parameter = Shown(given),
            }
        );

    public static RefusalException UnsupportedContentType(string? contentType, string expected) =>
        new(
            new Refusal(
                ErrorCodeTable.UnsupportedContentType,
                $"Content type '{Shown(contentType)}' is not supported here: send {expected}."
            )
        );

    public static RefusalException UnsupportedEncoding(string encoding) =>
        new(
            new Refusal(
                ErrorCodeTable.UnsupportedContentEncoding,
                $"Content encoding '{Shown(encoding)}' is not supported here: send the body without it."
            )
        );

    public static RefusalException UnsupportedPicture(string message) =>
        new(new Refusal(ErrorCodeTable.UnsupportedImage, message) { Parameter = PictureParameter });

    public static RefusalException BrokenPicture(string message) =>
        new(new Refusal(ErrorCodeTable.InvalidImage, message) { Parameter = PictureParameter });

    public static RefusalException TooLarge(long limit) =>
        new(
            new Refusal(
                ErrorCodeTable.BodyTooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"File size exceeds limit: the body may hold {limit} bytes. Send a smaller picture."
                )
            )
        );

    public static RefusalException TooManyPictures(int limit) =>
        new(
            new Refusal(
                ErrorCodeTable.TooManyImages,
                string.Create(CultureInfo.InvariantCulture, $"One batch may hold {limit} pictures. Send the rest in another.")
            )
        );

    public static RefusalException PictureTooLarge(ImageHeader header, string claim, long limit, string setting) =>
        new(
            new Refusal(
                ErrorCodeTable.ImageTooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The picture's header claims {header.Width} x {header.Height}, {claim}; at most {limit} are accepted "
                        + $"(Gateway:Intake:{setting}). Send a smaller picture."
                )
            )
            {
                Parameter = PictureParameter,
            }
        );

    public static RefusalException HeadersTooLarge(int bytes, int count) =>
        new(
            new Refusal(
                ErrorCodeTable.HeadersTooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A request may have at most {count} headers with {bytes} bytes in total. Send fewer or shorter ones."
                )
            )
        );

    public static RefusalException TooSlow() =>
        new(
            new Refusal(
                ErrorCodeTable.UploadTooSlow,
                "The body arrived too slowly and was cut off. Send it again over a faster connection."
            )
        );

    /// <summary>Why a body could not be read to its end.</summary>
    public static RefusalException Unread(IOException failure, long limit) =>
        failure switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(limit),
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => TooSlow(),
            _ => Interrupted(failure),
        };

    public static RefusalException Interrupted(Exception inner) =>
        new(new Refusal(ErrorCodeTable.BodyIncomplete, "The body ended before it was complete. Send it again."), inner);

    public static RefusalException NoKey() =>
        new(new Refusal(ErrorCodeTable.MissingApiKey, "No API key was given: send it as 'Authorization: Bearer KEY'."));

    public static RefusalException UnknownKey() =>
        new(new Refusal(ErrorCodeTable.InvalidApiKey, "The API key is unknown, expired or revoked: check it, or ask for a new one."));

    public static RefusalException WrongScope(string scope) =>
        new(new Refusal(ErrorCodeTable.ScopeMissing, $"The API key lacks the scope '{scope}': use a key that has it."));

    public static RefusalException ExpectationsNotAllowed() =>
        new(
            new Refusal(
                ErrorCodeTable.ScopeMissing,
                "Expectations decide for everyone whether a model is verified: leave 'expectations' out, or use a key "
                    + "with the scope 'operate'."
            )
            {
                Parameter = "expectations",
            }
        );

    public static RefusalException KeysUnverifiable() =>
        new(
            new Refusal(
                ErrorCodeTable.KeyUnverified,
                "The API key is new to this gateway and the pricing service that knows it can't be reached. Try again shortly."
            )
        );

    public static RefusalException IdempotencyKeyReused() =>
        new(
            new Refusal(
                ErrorCodeTable.IdempotencyKeyReused,
                "This Idempotency-Key was used for another request within the last 24 hours. Use a new key for each request."
            )
        );

    public static RefusalException IdempotencyKeyInUse() =>
        new(
            new Refusal(
                ErrorCodeTable.IdempotencyKeyInUse,
                "A request with this Idempotency-Key is still under way. Send it again when that has ended."
            )
        );

    public static RefusalException IdempotencyUnavailable(Exception inner) =>
        new(
            new Refusal(
                ErrorCodeTable.IdempotencyUnavailable,
                "The pricing service, which remembers idempotency keys, can't be reached. Try again shortly, or leave the key out."
            ),
            inner
        );

    public static RefusalException ModelNotAllowed(string model) =>
        new(new Refusal(ErrorCodeTable.ModelNotAllowed, $"The API key may not use the model '{Shown(model)}'.") { Parameter = "model_id" });

    public static RefusalException RateLimited(TimeSpan retryAfter) =>
        new(
            new Refusal(ErrorCodeTable.RateLimited, "Too many requests with this API key: wait as long as Retry-After says.")
            {
                RetryAfter = retryAfter,
            }
        );

    public static RefusalException IntakeFull(TimeSpan retryAfter) =>
        new(
            new Refusal(ErrorCodeTable.Overloaded, "The gateway has no room for more pictures: wait as long as Retry-After says.")
            {
                RetryAfter = retryAfter,
            }
        );

    public static RefusalException BudgetSpent(decimal cost) =>
        new(
            new Refusal(
                ErrorCodeTable.BudgetExhausted,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"This caption costs {cost} USD, more than the budget of the API key, its account or the model has left. Raise it."
                )
            )
        );

    public static RefusalException BudgetUnreachable(TimeSpan retryAfter) =>
        new(
            new Refusal(
                ErrorCodeTable.BudgetUnavailable,
                "This gateway's share of the budget is spent, and the pricing service that grants more can't be "
                    + "reached: wait as long as Retry-After says."
            )
            {
                RetryAfter = retryAfter,
            }
        );

    public static RefusalException BudgetHeld(TimeSpan retryAfter) =>
        new(
            new Refusal(
                ErrorCodeTable.BudgetHeld,
                "Other gateways hold the rest of the API key's budget: wait as long as Retry-After says."
            )
            {
                RetryAfter = retryAfter,
            }
        );

    public static RefusalException UnknownModel(string model) =>
        new(
            new Refusal(
                ErrorCodeTable.ModelNotFound,
                $"No model '{Shown(model)}' is offered here: GET /models lists those that are, POST /models/requests asks for another."
            )
            {
                Parameter = "model_id",
            }
        );

    public static RefusalException NotFound(string what) => new(new Refusal(ErrorCodeTable.NotFound, what));

    public static RefusalException UnknownPath(string path) =>
        NotFound($"There is nothing at {Shown(path)}: /docs lists the paths of this API.");

    public static RefusalException WrongMethod(string method, string path, string allowed) =>
        new(
            new Refusal(
                ErrorCodeTable.MethodNotAllowed,
                $"{Shown(path)} does not take {Shown(method)}: send {(allowed.Length > 0 ? allowed : "another method")}."
            )
        );

    public static RefusalException PricingUnreachable(Exception inner) =>
        new(
            new Refusal(
                ErrorCodeTable.PricingUnavailable,
                "The pricing service can't be reached. Captions still work; try this again shortly."
            ),
            inner
        );

    public static RefusalException CacheUnavailable() =>
        new(
            new Refusal(
                ErrorCodeTable.CacheUnavailable,
                "The cache can't be reached, or none is configured. Captions still work; try this again shortly."
            )
        );

    public static Refusal NoNode(string model) =>
        new(ErrorCodeTable.NoNode, $"There is no node for the model '{Shown(model)}' at present. Try again later.");

    public static Refusal RunnersRead(string model, string option) =>
        new(
            ErrorCodeTable.InvalidParameter,
            $"The model '{Shown(model)}' runs on plain runners only, which have no {option}: they drop transparency, cut 16-bit gray at "
                + $"255 and take the first frame. Leave {option} out."
        )
        {
            Parameter = option,
        };

    public static Refusal OverCap(decimal cap, decimal cheapest) =>
        new(
            ErrorCodeTable.PriceAboveCap,
            string.Create(
                CultureInfo.InvariantCulture,
                $"No node is within the cap of {cap} USD per "
                    + $"pixel; the cheapest "
                    + $"costs {cheapest}. Raise "
                    + $"max_price_per_pixel or the key's cap."
            )
        )
        {
            CheapestPricePerPixel = cheapest,
            Parameter = "max_price_per_pixel",
        };

    public static Refusal AllBusy(TimeSpan retryAfter) =>
        new(ErrorCodeTable.Overloaded, "Every node is busy: wait as long as Retry-After says.") { RetryAfter = retryAfter };

    public static Refusal ModelLoading(string model, TimeSpan expected) =>
        new(ErrorCodeTable.ModelLoading, $"The model '{Shown(model)}' is being loaded: wait as long as Retry-After says.")
        {
            RetryAfter = expected,
            EstimatedSeconds = expected.TotalSeconds,
        };

    public static Refusal NodesFailed(int attempts) =>
        new(
            ErrorCodeTable.CaptionFailed,
            string.Create(
                CultureInfo.InvariantCulture,
                $"No caption after {attempts} attempts on different nodes. Nothing was charged; try again."
            )
        );

    public static Refusal NodesDown(string model) =>
        new(
            ErrorCodeTable.NoNode,
            $"Every node for the model '{Shown(model)}' fails at present. Items of jobs wait until one captions again."
        );

    public static Refusal TimedOut() =>
        new(ErrorCodeTable.CaptionTimeout, "No node captioned the picture in the time allowed. Nothing was charged; try again.");

    public static RefusalException JournalFull(Exception inner) =>
        new(
            new Refusal(
                ErrorCodeTable.StorageFull,
                "The server's disk is full, so captions can't be charged and none is given out. Nothing was charged; try again later."
            ),
            inner
        );

    public static RefusalException Unexpected(Exception inner) =>
        new(
            new Refusal(ErrorCodeTable.InternalError, "The gateway failed on this request. Nothing was charged; report the request id."),
            inner
        );

    public static RefusalException PageNotAllowed() =>
        new(
            new Refusal(
                ErrorCodeTable.CrossSite,
                "The page that sent this is of an origin that may not call: an operator adds it to Gateway:Cors:AllowedOrigins."
            )
        );

    // What a caller sent is quoted in shortened form, without control characters.
    private static string Shown(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        string shown = text.Length > 100 ? string.Concat(text.AsSpan(0, 100), "…") : text;
        return string.Create(
            shown.Length,
            shown,
            static (span, source) =>
            {
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(source[i]) ? '?' : source[i];
                }
            }
        );
    }
}
