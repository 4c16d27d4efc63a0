namespace ImageToText.Contracts;

/// <summary>
/// Every error that the gateway answers with, once: its refusals are made from these rows, and the docs are written from them.
/// </summary>
public static class ErrorCodeTable
{
    /// <summary>invalid_request.</summary>
    public static ErrorCode InvalidRequest { get; } =
        new(400, "invalid_request", "The request can't be read.", "Fix what the message names.");

    /// <summary>image_missing.</summary>
    public static ErrorCode ImageMissing { get; } =
        new(400, "image_missing", "The request holds no picture.", "Send one in the field that the message names.");

    /// <summary>body_incomplete.</summary>
    public static ErrorCode BodyIncomplete { get; } = new(400, "body_incomplete", "The body ended early.", "Send it again.");

    /// <summary>missing_api_key.</summary>
    public static ErrorCode MissingApiKey { get; } =
        new(401, "missing_api_key", "No API key was sent.", "Send one as `Authorization: Bearer KEY`.");

    /// <summary>invalid_api_key.</summary>
    public static ErrorCode InvalidApiKey { get; } =
        new(401, "invalid_api_key", "The API key is unknown, expired or revoked.", "Send a valid one.");

    /// <summary>budget_exhausted.</summary>
    public static ErrorCode BudgetExhausted { get; } =
        new(
            402,
            "budget_exhausted",
            "The caption costs more than is left in the budget of the key, its account or the model.",
            "Raise the budget."
        );

    /// <summary>price_above_cap.</summary>
    public static ErrorCode PriceAboveCap { get; } =
        new(402, "price_above_cap", "Every node is dearer than the price cap.", "Raise the cap; the message names the cheapest offer.");

    /// <summary>scope_missing.</summary>
    public static ErrorCode ScopeMissing { get; } =
        new(403, "scope_missing", "The key lacks the right to do this.", "Use a key with the scope that the message names.");

    /// <summary>model_not_allowed.</summary>
    public static ErrorCode ModelNotAllowed { get; } =
        new(403, "model_not_allowed", "The key may not use this model.", "Use another model or another key.");

    /// <summary>cross_site.</summary>
    public static ErrorCode CrossSite { get; } =
        new(403, "cross_site", "A browser sent this from a page on another site.", "Use the operators' own page.");

    /// <summary>model_not_found.</summary>
    public static ErrorCode ModelNotFound { get; } =
        new(404, "model_not_found", "No node offers the model.", "Pick one from `GET /models`.");

    /// <summary>not_found.</summary>
    public static ErrorCode NotFound { get; } = new(404, "not_found", "There is nothing at this address.", "Check the path and the id.");

    /// <summary>node_not_found.</summary>
    public static ErrorCode NodeNotFound { get; } =
        new(404, "node_not_found", "No such node is active or draining.", "Pick one from `GET /operations/nodes`.");

    /// <summary>method_not_allowed.</summary>
    public static ErrorCode MethodNotAllowed { get; } =
        new(405, "method_not_allowed", "The path doesn't take this method.", "Send one that `Allow` names.");

    /// <summary>upload_too_slow.</summary>
    public static ErrorCode UploadTooSlow { get; } =
        new(408, "upload_too_slow", "The body arrived too slowly.", "Send it again over a faster connection.");

    /// <summary>idempotency_key_in_use.</summary>
    public static ErrorCode IdempotencyKeyInUse { get; } =
        new(
            409,
            "idempotency_key_in_use",
            "A request with the same Idempotency-Key is still under way.",
            "Send it again when that has ended."
        );

    /// <summary>idempotency_key_reused.</summary>
    public static ErrorCode IdempotencyKeyReused { get; } =
        new(
            422,
            "idempotency_key_reused",
            "The Idempotency-Key was used for another request within 24 hours.",
            "Use a new key for each request."
        );

    /// <summary>node_manages_models.</summary>
    public static ErrorCode NodeManagesModels { get; } =
        new(409, "node_manages_models", "The node can't load or unload models over HTTP.", "Do it where the node runs.");

    /// <summary>file_in_use.</summary>
    public static ErrorCode FileInUse { get; } =
        new(409, "file_in_use", "A batch under way reads the file.", "Cancel the batch, or wait for its end.");

    /// <summary>body_too_large.</summary>
    public static ErrorCode BodyTooLarge { get; } = new(413, "body_too_large", "The body has too many bytes.", "Send a smaller picture.");

    /// <summary>image_too_large.</summary>
    public static ErrorCode ImageTooLarge { get; } =
        new(413, "image_too_large", "The picture has too many pixels.", "Send a smaller picture.");

    /// <summary>too_many_images.</summary>
    public static ErrorCode TooManyImages { get; } =
        new(413, "too_many_images", "The batch has too many pictures.", "Send the rest in another batch.");

    /// <summary>too_many_lines.</summary>
    public static ErrorCode TooManyLines { get; } =
        new(413, "too_many_lines", "The file has too many lines.", "Send the rest in another file.");

    /// <summary>file_too_large.</summary>
    public static ErrorCode FileTooLarge { get; } =
        new(413, "file_too_large", "The file has too many bytes.", "Send the rest of its lines in another file.");

    /// <summary>storage_quota.</summary>
    public static ErrorCode StorageQuota { get; } =
        new(
            413,
            "storage_quota",
            "The files of the key or of its account take as much as they may.",
            "Delete files that you no longer need."
        );

    /// <summary>unsupported_content_type.</summary>
    public static ErrorCode UnsupportedContentType { get; } =
        new(415, "unsupported_content_type", "The route doesn't take this content type.", "Send the type that the message names.");

    /// <summary>unsupported_content_encoding.</summary>
    public static ErrorCode UnsupportedContentEncoding { get; } =
        new(415, "unsupported_content_encoding", "The body is compressed.", "Send it uncompressed.");

    /// <summary>unsupported_image.</summary>
    public static ErrorCode UnsupportedImage { get; } =
        new(415, "unsupported_image", "The file is no picture, or of a format that isn't read.", "Send a format that the message names.");

    /// <summary>invalid_parameter.</summary>
    public static ErrorCode InvalidParameter { get; } =
        new(422, "invalid_parameter", "An option has the wrong type, is out of range, or is unknown.", "Fix the option in `param`.");

    /// <summary>invalid_image.</summary>
    public static ErrorCode InvalidImage { get; } = new(422, "invalid_image", "The picture is damaged.", "Send a whole one.");

    /// <summary>rate_limited.</summary>
    public static ErrorCode RateLimited { get; } =
        new(429, "rate_limited", "The key sends too many requests.", "Wait as long as `Retry-After` says.");

    /// <summary>overloaded.</summary>
    public static ErrorCode Overloaded { get; } =
        new(429, "overloaded", "Every node, or the gateway, is busy.", "Wait as long as `Retry-After` says.");

    /// <summary>model_loading.</summary>
    public static ErrorCode ModelLoading { get; } =
        new(429, "model_loading", "The model is being loaded.", "Wait as long as `Retry-After` says.");

    /// <summary>budget_unavailable.</summary>
    public static ErrorCode BudgetUnavailable { get; } =
        new(429, "budget_unavailable", "The gateway can't get more of the key's budget at present.", "Wait as long as `Retry-After` says.");

    /// <summary>budget_held.</summary>
    public static ErrorCode BudgetHeld { get; } =
        new(429, "budget_held", "Other gateways hold the rest of the key's budget.", "Wait as long as `Retry-After` says.");

    /// <summary>headers_too_large.</summary>
    public static ErrorCode HeadersTooLarge { get; } =
        new(
            431,
            "headers_too_large",
            "The request has more than 100 headers, or more than 32 KiB of them.",
            "Send fewer or shorter ones. Beyond 128 KiB or 400 headers you get a bare 431."
        );

    /// <summary>internal_error.</summary>
    public static ErrorCode InternalError { get; } =
        new(500, "internal_error", "The gateway failed.", "Try again; if it persists, report the request id.");

    /// <summary>caption_failed.</summary>
    public static ErrorCode CaptionFailed { get; } =
        new(502, "caption_failed", "Every node that was asked failed.", "Try again; if it persists, report the request id.");

    /// <summary>node_refused.</summary>
    public static ErrorCode NodeRefused { get; } =
        new(
            502,
            "node_refused",
            "A node refused what an operator asked of it, or can't be reached.",
            "Read the message, or the node's log."
        );

    /// <summary>no_node.</summary>
    public static ErrorCode NoNode { get; } = new(503, "no_node", "No node has the model at present.", "Try again shortly.");

    /// <summary>key_unverified.</summary>
    public static ErrorCode KeyUnverified { get; } =
        new(503, "key_unverified", "The key is new here, and the pricing service can't be asked about it.", "Try again shortly.");

    /// <summary>pricing_unavailable.</summary>
    public static ErrorCode PricingUnavailable { get; } =
        new(503, "pricing_unavailable", "The pricing service can't be reached.", "Try again shortly; captions still work.");

    /// <summary>idempotency_unavailable.</summary>
    public static ErrorCode IdempotencyUnavailable { get; } =
        new(
            503,
            "idempotency_unavailable",
            "The pricing service, which remembers idempotency keys, can't be reached.",
            "Try again shortly, or send the request without Idempotency-Key."
        );

    /// <summary>cache_unavailable.</summary>
    public static ErrorCode CacheUnavailable { get; } =
        new(503, "cache_unavailable", "The cache can't be reached, or there is none.", "Try again shortly; captions still work.");

    /// <summary>jobs_unavailable.</summary>
    public static ErrorCode JobsUnavailable { get; } =
        new(503, "jobs_unavailable", "The store of jobs can't be reached.", "Try again shortly; captions still work.");

    /// <summary>bucket_unavailable.</summary>
    public static ErrorCode BucketUnavailable { get; } =
        new(
            503,
            "bucket_unavailable",
            "A bucket can't be reached, or the gateway has no credentials for it.",
            "Try again shortly; jobs under way wait for it."
        );

    /// <summary>bucket_denied.</summary>
    public static ErrorCode BucketDenied { get; } =
        new(
            503,
            "bucket_denied",
            "A bucket refuses the gateway's credentials: they are wrong, were revoked or have expired.",
            "Ask the operator to renew them; jobs under way wait for that."
        );

    /// <summary>folder_unavailable.</summary>
    public static ErrorCode FolderUnavailable { get; } =
        new(
            503,
            "folder_unavailable",
            "An open folder can't be written to at present: its disk or share fails, or a file is locked.",
            "Ask the operator to check the disk or share; jobs under way wait for it."
        );

    /// <summary>caption_timeout.</summary>
    public static ErrorCode CaptionTimeout { get; } =
        new(
            504,
            "caption_timeout",
            "No node finished in time, or a bucket was too slow with a picture.",
            "Try again; if it persists, report the request id."
        );

    /// <summary>listing_timeout.</summary>
    public static ErrorCode ListingTimeout { get; } =
        new(504, "listing_timeout", "Listing the pictures of a job took too long.", "Name a narrower folder or prefix.");

    /// <summary>storage_full.</summary>
    public static ErrorCode StorageFull { get; } =
        new(507, "storage_full", "The server's disk is full.", "Try again later; jobs under way go on.");

    /// <summary>folder_full.</summary>
    public static ErrorCode FolderFull { get; } =
        new(
            507,
            "folder_full",
            "The disk of an open folder is full, so no text file is written there.",
            "Ask the operator to make room; jobs under way wait for that."
        );

    /// <summary>All errors, by status.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        InvalidRequest,
        ImageMissing,
        BodyIncomplete,
        MissingApiKey,
        InvalidApiKey,
        BudgetExhausted,
        PriceAboveCap,
        ScopeMissing,
        ModelNotAllowed,
        CrossSite,
        ModelNotFound,
        NotFound,
        NodeNotFound,
        MethodNotAllowed,
        UploadTooSlow,
        NodeManagesModels,
        FileInUse,
        IdempotencyKeyInUse,
        BodyTooLarge,
        ImageTooLarge,
        TooManyImages,
        TooManyLines,
        FileTooLarge,
        StorageQuota,
        UnsupportedContentType,
        UnsupportedContentEncoding,
        UnsupportedImage,
        InvalidParameter,
        InvalidImage,
        IdempotencyKeyReused,
        RateLimited,
        Overloaded,
        ModelLoading,
        BudgetUnavailable,
        BudgetHeld,
        HeadersTooLarge,
        InternalError,
        CaptionFailed,
        NodeRefused,
        NoNode,
        KeyUnverified,
        PricingUnavailable,
        IdempotencyUnavailable,
        CacheUnavailable,
        JobsUnavailable,
        BucketUnavailable,
        BucketDenied,
        FolderUnavailable,
        CaptionTimeout,
        ListingTimeout,
        StorageFull,
        FolderFull,
    ];
}
