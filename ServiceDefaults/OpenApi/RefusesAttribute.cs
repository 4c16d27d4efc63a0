using ImageToText.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>A status with which a route may refuse.</summary>
/// <typeparam name="TError">What the refusal holds.</typeparam>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public class RefusesAttribute<TError> : ProducesResponseTypeAttribute
{
    /// <summary>Creates the attribute.</summary>
    /// <param name="status">The status.</param>
    /// <param name="meaning">What it means there.</param>
    public RefusesAttribute(int status, string meaning)
        : base(typeof(TError), status, "application/json") => Description = meaning;
}

/// <summary>A status with which a route may refuse, in the body that most routes have for it.</summary>
/// <param name="status">The status.</param>
/// <param name="meaning">What it means there.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RefusesAttribute(int status, string meaning) : RefusesAttribute<ErrorBody>(status, meaning);

/// <summary>Refusals that several routes share.</summary>
public static class SharedRefusals
{
    /// <summary>Says that routes may refuse.</summary>
    /// <typeparam name="TBuilder">A route or a group.</typeparam>
    /// <param name="routes">The routes.</param>
    /// <param name="status">The status.</param>
    /// <param name="meaning">What it means there.</param>
    /// <returns>The same routes.</returns>
    public static TBuilder Refuses<TBuilder>(this TBuilder routes, int status, string meaning)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new RefusesAttribute(status, meaning));
}
