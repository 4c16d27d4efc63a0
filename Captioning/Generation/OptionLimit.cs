using System.Globalization;

namespace ImageToText.Captioning.Generation;

/// <summary>The values that one option may take.</summary>
/// <param name="Name">Its name, as in transformers.</param>
/// <param name="Least">The least number allowed; null: any.</param>
/// <param name="Most">The greatest number allowed; null: any that the model has room for.</param>
/// <param name="Default">What holds where neither the request nor the folder says otherwise; null: nothing does.</param>
internal sealed record OptionLimit(string Name, double? Least = null, double? Most = null, object? Default = null)
{
    /// <summary>Whether <see cref="Least"/> itself is not allowed.</summary>
    public bool IsAboveLeast { get; init; }

    /// <summary>The range in words.</summary>
    public string Description =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(IsAboveLeast ? "more than" : "at least")} {Least}{(Most is null ? "" : $" and at most {Most}")}"
        );

    /// <summary>False for NaN, too.</summary>
    public bool Contains(float value) =>
        (IsAboveLeast ? value > (float?)Least : value >= (float?)Least) && (Most is null || value <= (float)Most);

    /// <summary>The value of a request.</summary>
    /// <exception cref="CaptionOptionException">It is not allowed.</exception>
    public int? Check(int? value) =>
        value is null || (value >= Least && (Most is null || value <= Most)) ? value : throw NotAllowed($"{value}");

    /// <inheritdoc cref="Check(int?)"/>
    public float? Check(float? value) =>
        value is null || Contains(value.Value) ? value : throw NotAllowed(value.Value.ToString(CultureInfo.InvariantCulture));

    private CaptionOptionException NotAllowed(string value) => new(Name, $"{Name} is {value}; {Description} is allowed.");
}
