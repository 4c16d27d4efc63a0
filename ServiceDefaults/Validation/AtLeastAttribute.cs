using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ImageToText.ServiceDefaults.Validation;

/// <summary>The least that a number or a time span may be; nothing is always well.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AtLeastAttribute : ValidationAttribute
{
    private readonly IComparable _least;

    /// <summary>The least number.</summary>
    public AtLeastAttribute(int least)
    {
        Least = least.ToString(CultureInfo.InvariantCulture);
        _least = (decimal)least;
    }

    /// <summary>The least time span, as configuration has it: <c>00:00:01</c>.</summary>
    public AtLeastAttribute(string least)
    {
        Least = least;
        _least = TimeSpan.Parse(least, CultureInfo.InvariantCulture);
    }

    /// <summary>The least, as it is written.</summary>
    public string Least { get; }

    /// <summary>Whether it must be more.</summary>
    public bool Exclusive { get; set; }

    /// <inheritdoc/>
    public override bool IsValid(object? value)
    {
        if (value is null)
        {
            return true;
        }

        int compared = (value as TimeSpan? ?? (object)Convert.ToDecimal(value, CultureInfo.InvariantCulture)) is IComparable given
            ? given.CompareTo(_least)
            : 0;
        return Exclusive ? compared > 0 : compared >= 0;
    }

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        ErrorMessage ?? (Exclusive ? $"give more than {Least}." : $"give {Least} or more.");
}
