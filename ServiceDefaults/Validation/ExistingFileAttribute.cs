using System.ComponentModel.DataAnnotations;

namespace ImageToText.ServiceDefaults.Validation;

/// <summary>A file that is there; nothing is always well.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExistingFileAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is not string { Length: > 0 } file || File.Exists(file);

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => "there is no such file.";
}
