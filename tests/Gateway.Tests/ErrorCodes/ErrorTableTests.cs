using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.Gateway.Tests.ErrorCodes;

/// <summary>Every refusal is a row of the table of errors, and every dialect can say each of them.</summary>
public sealed class ErrorTableTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void The_table_has_each_refusal_once_and_nothing_else()
    {
        string[] codes = [.. ErrorCodeTable.All.Select(static kind => kind.Code)];
        Assert.Equal(codes.Distinct(), codes);
        Assert.Equal(ErrorCodeTable.All.Select(static kind => kind.Status).Order(), ErrorCodeTable.All.Select(static kind => kind.Status));
        Assert.Equal(codes.Order(), AllRefusals().Select(static refusal => refusal.Code).Distinct().Order());
        foreach (var refusal in AllRefusals())
        {
            Assert.Contains(
                ErrorCodeTable.All,
                kind => kind.Code == refusal.Code && (kind.Status == refusal.Status || refusal.Status == 418)
            );
        }
    }

    [Fact]
    public async Task Every_dialect_says_every_error()
    {
        var cluster = await shared.AsNewAsync();
        var endpoint = cluster.Service<CaptionEndpoint>();
        var dialects = typeof(IDialect).Assembly.GetTypes().Where(static type => type.IsClass && type.IsAssignableTo(typeof(IDialect)));
        foreach (var type in dialects)
        {
            var dialect = (IDialect)cluster.Gateways[0].Services.GetRequiredService(type);
            foreach (var refusal in AllRefusals())
            {
                var http = new DefaultHttpContext { RequestServices = cluster.Gateways[0].Services };
                using var body = new MemoryStream();
                http.Response.Body = body;
                await endpoint.GuardAsync(http, dialect, _ => throw new RefusalException(refusal));

                string text = System.Text.Encoding.UTF8.GetString(body.ToArray());
                Assert.Equal(refusal.Status, http.Response.StatusCode);
                var told = ToldError.Read(JsonNode.Parse(text)!);
                Assert.True(refusal.Message == told.Message, $"{type.Name}: {text}");
                Assert.True(told.Code is null || told.Code == refusal.Code, $"{type.Name}: {text}");
                Assert.Equal(refusal.RetryAfter is not null, http.Response.Headers.RetryAfter.Count > 0);
                Assert.NotEmpty((string?)http.Response.Headers["x-request-id"] ?? "");
            }
        }
    }

    [Theory]
    [InlineData("image", "The PNG picture is damaged: it ends early.", "invalid_image", 422, "invalid_image")]
    [InlineData("expected_width", "The picture is 3 pixels wide, not 4", "size_mismatch", 422, "invalid_image")]
    [InlineData("min_new_tokens", "min_new_tokens is 45, more than max_new_tokens (5).", "value_error", 422, "invalid_parameter")]
    [InlineData("prompt", "starter takes no prompt. Leave prompt out.", "value_error", 422, "invalid_parameter")]
    [InlineData("image", "The picture has too many pixels.", "image_too_large", 413, "image_too_large")]
    [InlineData("image", "The picture has 5 bands.", "unsupported_image", 415, "unsupported_image")]
    public async Task What_a_node_refuses_has_the_same_code_on_every_route_streamed_or_not(
        string field,
        string message,
        string type,
        int status,
        string code
    )
    {
        var cluster = await shared.AsNewAsync();
        var node = cluster.Nodes[0].Behaviour;
        node.Refuses = status == 422 ? new NodeFieldError(["body", field], message, type) : null;
        node.RefusesPlainly = status == 422 ? null : (status, new NodeErrorDetail(message, type));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (bool late in (bool[])[false, true])
        {
            node.RefusesInStreams = late;
            foreach (var (name, request, streams) in Routes.OfPicture(Pictures.Png(64, 64), PricingHost.Model))
            {
                using (request)
                {
                    using var answer = await http.SendAsync(request, Cancelled);
                    string text = await answer.Content.ReadAsStringAsync(Cancelled);
                    var told = ToldError.InAnswer(text);
                    Assert.True(code == told.Code, $"{name}: {text}");
                    Assert.True(message.TrimEnd('.') == told.Message.TrimEnd('.'), $"{name}: {text}");
                    Assert.True(code != "invalid_parameter" || told.Param == field, $"{name}: {text}");
                    if (!(late && streams) && !name.StartsWith("batch", StringComparison.Ordinal))
                    {
                        Assert.True(status == (int)answer.StatusCode, $"{name}: {answer.StatusCode}");
                    }
                }
            }
        }

        await http.GetStringAsync("/usage", Cancelled);
        // A stream that had begun was charged, and the charge was taken back.
        Assert.Equal(0, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    [Theory]
    [InlineData("num_beams", "99", "num_beams")]
    [InlineData("num_beams", "[1]", "num_beams")]
    [InlineData("early_stopping", "\"soon\"", "early_stopping")]
    [InlineData("temperature", "\"hot\"", "temperature")]
    [InlineData("top_p", "7", "top_p")]
    [InlineData("top_k", "-5", "top_k")]
    public async Task An_option_out_of_range_is_named_on_every_route(string option, string value, string param)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (var (name, request) in Routes.WithOption(Pictures.Png(64, 64), PricingHost.Model, option, JsonNode.Parse(value)!))
        {
            using (request)
            {
                using var answer = await http.SendAsync(request, Cancelled);
                string text = await answer.Content.ReadAsStringAsync(Cancelled);
                var told = ToldError.InAnswer(text);
                Assert.True((422, "invalid_parameter", param) == ((int)answer.StatusCode, told.Code, told.Param), $"{name}: {text}");
            }
        }

        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    // Each method of Refusals, with arguments of any kind.
    private static IEnumerable<Refusal> AllRefusals() =>
        typeof(Refusals)
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(static method => method.ReturnType == typeof(Refusal) || method.ReturnType == typeof(RefusalException))
            .Select(static method => method.Invoke(null, [.. method.GetParameters().Select(Any)]))
            .Select(static made => made as Refusal ?? ((RefusalException)made!).Refusal);

    private static object Any(ParameterInfo parameter) =>
        Type.GetTypeCode(parameter.ParameterType) switch
        {
            TypeCode.String => "anything",
            TypeCode.Object when parameter.ParameterType == typeof(TimeSpan) => TimeSpan.FromSeconds(3),
            TypeCode.Object when parameter.ParameterType.IsAssignableFrom(typeof(IOException)) => new IOException(),
            TypeCode.Object => Activator.CreateInstance(parameter.ParameterType)!,
            // A status that no error has, where one is handed on.
            TypeCode.Int32 when parameter.Name == "status" => 418,
            var number => Convert.ChangeType(3, number, CultureInfo.InvariantCulture),
        };
}
