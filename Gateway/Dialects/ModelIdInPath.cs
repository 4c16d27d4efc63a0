namespace ImageToText.Gateway.Dialects;

/// <summary>The model that a request names in its path. Some clients escape the slash in its id, others don't.</summary>
internal static class ModelIdInPath
{
    /// <summary>The value of the route's <c>id</c>.</summary>
    public static string Of(HttpContext http) => Of((string?)http.GetRouteValue("id") ?? "");

    /// <summary>The model's id.</summary>
    public static string Of(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
