using ImageToText.Bench.Engine;

namespace ImageToText.Bench.Report;

/// <summary>The commands that a report runs, each in its own process.</summary>
internal static class ReportPlan
{
    private const string Base = "artifacts/blip-base";
    private const string Large = "artifacts/blip-large";
    private const string Starter = "models/starter";

    /// <summary>The command lines.</summary>
    /// <param name="isShort">Whether to check only that they work, with small models.</param>
    public static IReadOnlyList<string[]> Create(bool isShort) =>
        [
            .. isShort
                ? new[] { Words("engine tests/Fixtures/blip-small-f32"), Words("peers tests/Fixtures/blip-small-f32") }
                :
                [
                    Words($"random-model blip-base {Base}"),
                    Words($"random-model blip-large {Large}"),
                    Words($"engine {Base} --rounds 7"),
                    Words($"engine {Large} --rounds 3 --captions 8"),
                    .. RandomModel
                        .Shapes.Except([Path.GetFileName(Base), Path.GetFileName(Large)])
                        .Select(static shape => Words($"random-model {shape} artifacts/{shape}")),
                    Words($"peers {string.Join(' ', RandomModel.Shapes.Select(static shape => $"artifacts/{shape}"))}"),
                ],
            Words($"engine {Starter} --rounds 20 --captions 200"),
            Words("accuracy"),
            Words("node --target 1 --seconds 8 --turns 3 --rates 0.25 0.5 0.75 1 1.5 2 3"),
            .. isShort ? Array.Empty<string[]>() : [Words($"node {Base} --target 8 --seconds 20 --turns 2 --rates 0.25 0.5 0.75 1 2 3")],
            Words("stack --seconds 8 --turns 3 --rates 0.1 0.25 0.5 0.75 1 1.5 2 3"),
            Words("overhead"),
            Words("cache"),
            Words("single-flight"),
            Words("ledger"),
            .. isShort ? Array.Empty<string[]>() : [Words("ledger --postgres")],
            Words("memory"),
            Words("startup"),
            Words("imaging"),
        ];

    private static string[] Words(string line) => line.Split(' ');
}
