using System.ComponentModel.DataAnnotations;

namespace ImageToText.ServiceDefaults.Validation;

/// <summary>An absolute address by http or https; nothing is always well.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpAddressAttribute : ValidationAttribute
{
    /// <summary>Whether service discovery may choose between the two: <c>https+http://name</c>.</summary>
    public bool Discovered { get; set; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        (value as Uri ?? (value is string { Length: > 0 } text ? new Uri(text, UriKind.RelativeOrAbsolute) : null)) is not { } address
        || address.IsAbsoluteUri && (address.Scheme is "http" or "https" || Discovered && address.Scheme is "https+http" or "http+https");

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => ErrorMessage ?? "write an address such as http://host:8000.";
}
