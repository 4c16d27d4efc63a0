namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>A body that a handler reads itself.</summary>
/// <param name="body">A type with the body's fields; <see cref="byte"/>s for a file as it is.</param>
/// <param name="mediaType">The media type.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ReadsAttribute(Type body, string mediaType) : Attribute
{
    /// <summary>A type with the body's fields.</summary>
    public Type Body { get; } = body;

    /// <summary>The media type.</summary>
    public string MediaType { get; } = mediaType;
}

/// <summary>What the text of a parameter stands for, which its handler reads itself.</summary>
/// <param name="type">The type that it is read as.</param>
/// <param name="isRequired">Whether it must be given.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class ReadAsAttribute(Type type, bool isRequired = false) : Attribute
{
    /// <summary>The type that it is read as.</summary>
    public Type Type { get; } = type;

    /// <summary>Whether it must be given.</summary>
    public bool IsRequired { get; } = isRequired;
}

/// <summary>An answer that can also be server-sent events.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StreamsAttribute : Attribute;
