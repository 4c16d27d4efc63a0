using ImageToText.Bench.Load;
using ImageToText.Bench.Peers;
using ImageToText.Bench.Stack;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace ImageToText.Bench.Report;

/// <summary>The document's plots, as SVG.</summary>
internal static class Plots
{
    private const int Width = 720;
    private const int Height = 360;

    /// <summary>Latency of captions against the rate of arrivals.</summary>
    public static string Latency(LoadData load)
    {
        var plot = Create(
            "arrivals per second",
            new LogarithmicAxis
            {
                Position = AxisPosition.Left,
                Title = "milliseconds",
                MajorGridlineStyle = LineStyle.Solid,
                MajorGridlineColor = OxyColors.LightGray,
            }
        );
        Add(plot, "50th percentile", OxyColors.SeaGreen, load, static point => point.LatencyMs?.P50);
        Add(plot, "95th", OxyColors.DarkOrange, load, static point => point.LatencyMs?.P95);
        Add(plot, "99th", OxyColors.Firebrick, load, static point => point.LatencyMs?.P99);
        Mark(plot, load.SaturationPerSecond, LineAnnotationType.Vertical, "saturation");
        if (load.TargetMs is { } target)
        {
            Mark(plot, target, LineAnnotationType.Horizontal, "target");
        }

        return Svg(plot);
    }

    /// <summary>Goodput and refusals against the rate of arrivals.</summary>
    public static string Goodput(LoadData load)
    {
        var plot = Create("arrivals per second", Linear("per second"));
        Add(plot, "captions delivered", OxyColors.SeaGreen, load, static point => point.GoodputPerSecond);
        Add(
            plot,
            "refused (429)",
            OxyColors.Gray,
            load,
            static point => point.OfferedPerSecond * point.Refused / Math.Max(1, point.Requests)
        );
        Mark(plot, load.SaturationPerSecond, LineAnnotationType.Vertical, "saturation");
        return Svg(plot);
    }

    /// <summary>Resident memory against captions.</summary>
    public static string Memory(MemoryData memory)
    {
        var plot = Create("captions", Linear("MiB resident"));
        var series = new LineSeries
        {
            Color = OxyColors.SteelBlue,
            MarkerType = MarkerType.Circle,
            MarkerSize = 3,
            MarkerFill = OxyColors.SteelBlue,
        };
        series.Points.AddRange(memory.Points.Select(static point => new DataPoint(point.Captions, point.ResidentMiB)));
        plot.Series.Add(series);
        return Svg(plot);
    }

    /// <summary>One caller's latency in the seconds after the start.</summary>
    public static string FirstMinute(IReadOnlyList<MinutePoint> seconds)
    {
        var plot = Create("seconds since the process began", Linear("milliseconds"));
        var series = new LineSeries
        {
            Color = OxyColors.SteelBlue,
            MarkerType = MarkerType.Circle,
            MarkerSize = 3,
            MarkerFill = OxyColors.SteelBlue,
        };
        series.Points.AddRange(seconds.Select(static second => new DataPoint(second.Second, second.LatencyMs)));
        plot.Series.Add(series);
        return Svg(plot);
    }

    /// <summary>Times of transformers and of this engine, in T0.</summary>
    public static string Contenders(PeerRun run)
    {
        var plot = new PlotModel { Background = OxyColors.White, DefaultFont = "sans-serif" };
        // The first kind of work on top.
        var works = run.Works.Reverse().ToArray();
        plot.Axes.Add(
            new CategoryAxis
            {
                Position = AxisPosition.Left,
                ItemsSource = works.Select(static work => work.Name).ToArray(),
                GapWidth = 0.3,
            }
        );
        var across = Linear("T0");
        across.Position = AxisPosition.Bottom;
        plot.Axes.Add(across);
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.RightMiddle, LegendBackground = OxyColors.White });
        Bars("this engine, int8", OxyColors.SeaGreen, static work => work.Int8);
        Bars("this engine, f32", OxyColors.LightGreen, static work => work.F32);
        Bars("transformers, bf16", OxyColors.DarkOrange, static work => work.TransformersBf16);
        Bars("transformers, f32", OxyColors.Firebrick, static work => work.TransformersF32);
        return Svg(plot);

        void Bars(string title, OxyColor color, Func<PeerWork, PeerFigure?> figure)
        {
            var series = new BarSeries { Title = title, FillColor = color };
            series.Items.AddRange(works.Select(work => new BarItem((figure(work)?.Least ?? double.NaN) / run.T0Ms)));
            plot.Series.Add(series);
        }
    }

    private static PlotModel Create(string across, Axis up)
    {
        var plot = new PlotModel { Background = OxyColors.White, DefaultFont = "sans-serif" };
        plot.Axes.Add(
            new LinearAxis
            {
                Position = AxisPosition.Bottom,
                Title = across,
                Minimum = 0,
                MaximumPadding = 0.05,
            }
        );
        plot.Axes.Add(up);
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.TopLeft, LegendBackground = OxyColors.White });
        return plot;
    }

    private static LinearAxis Linear(string title) =>
        new()
        {
            Position = AxisPosition.Left,
            Title = title,
            Minimum = 0,
            MaximumPadding = 0.1,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColors.LightGray,
        };

    private static void Add(PlotModel plot, string title, OxyColor color, LoadData load, Func<LoadPoint, double?> value)
    {
        var series = new LineSeries
        {
            Title = title,
            Color = color,
            MarkerType = MarkerType.Circle,
            MarkerSize = 3,
            MarkerFill = color,
        };
        series.Points.AddRange(
            load.Points.Where(point => value(point) is not null).Select(point => new DataPoint(point.OfferedPerSecond, value(point)!.Value))
        );
        plot.Series.Add(series);
    }

    private static void Mark(PlotModel plot, double at, LineAnnotationType type, string text) =>
        plot.Annotations.Add(
            new LineAnnotation
            {
                Type = type,
                X = at,
                Y = at,
                Text = text,
                Color = OxyColors.Gray,
                LineStyle = LineStyle.Dash,
            }
        );

    private static string Svg(PlotModel plot) => new SvgExporter { Width = Width, Height = Height }.ExportToString(plot);
}
