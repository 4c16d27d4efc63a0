using System.Text.Json;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Playground;

/// <summary>Answers with regions that replace the service's, because the starter finds none.</summary>
internal static class GivenRegions
{
    /// <summary>Boxes on samples/coffee.jpg, as a person sees them.</summary>
    public static (string Label, double Left, double Top, double Right, double Bottom)[] OnCoffee { get; } =
    [("cup", 172, 18, 408, 309), ("saucer", 77, 68, 479, 388), ("spoon", 326, 66, 425, 326)];

    /// <summary>Answers the page's next captions with these.</summary>
    public static Task GiveAsync(
        IPage page,
        int width,
        int height,
        params (string Label, double Left, double Top, double Right, double Bottom)[] regions
    )
    {
        string text = string.Join('\n', regions.Select(static region => region.Label));
        string caption = JsonSerializer.Serialize(
            new
            {
                text,
                model_id = "florence2",
                details = new
                {
                    sequences = new[]
                    {
                        new
                        {
                            text,
                            token_ids = Array.Empty<int>(),
                            log_probabilities = Array.Empty<double>(),
                            regions = regions.Select(static region => new
                            {
                                label = region.Label,
                                left = region.Left,
                                top = region.Top,
                                right = region.Right,
                                bottom = region.Bottom,
                            }),
                            score = -0.1,
                            finish_reason = "stop",
                        },
                    },
                    confidence = 0.9,
                    image = new
                    {
                        width,
                        height,
                        format = "jpeg",
                    },
                    timings = new
                    {
                        queue = 0,
                        decode = 4,
                        preprocess = 6,
                        encode = 900,
                        generate = 700,
                    },
                },
            }
        );
        return page.RouteAsync(
            "**/image-to-text",
            route => route.FulfillAsync(new() { ContentType = "text/event-stream", Body = $"event: caption\ndata: {caption}\n\n" })
        );
    }
}
