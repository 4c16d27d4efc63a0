using Google.Protobuf;
using Google.Protobuf.Collections;
using ImageToText.OtlpReceiver.Wire;

namespace ImageToText.OtlpReceiver;

/// <summary>One finished span as it came over the wire.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Source">The activity source's name.</param>
/// <param name="Name">The span's name.</param>
/// <param name="Kind">OTLP's span kind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.</param>
/// <param name="TraceId">Lower-case hexadecimal, 32 digits.</param>
/// <param name="SpanId">Lower-case hexadecimal, 16 digits.</param>
/// <param name="ParentId">The parent's span id, empty for a root.</param>
/// <param name="Start">Unix time in nanoseconds.</param>
/// <param name="End">Unix time in nanoseconds.</param>
/// <param name="Error">Whether the span's status is an error.</param>
/// <param name="Attributes">The span's attributes. Numbers are long or double.</param>
public sealed record ReceivedSpan(
    string Service,
    string Source,
    string Name,
    int Kind,
    string TraceId,
    string SpanId,
    string ParentId,
    ulong Start,
    ulong End,
    bool Error,
    IReadOnlyDictionary<string, object?> Attributes
);

/// <summary>One point of one metric as it came over the wire.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Meter">The meter's name.</param>
/// <param name="Name">The instrument's name.</param>
/// <param name="Unit">The instrument's unit.</param>
/// <param name="Value">The number, or a histogram's sum.</param>
/// <param name="Count">A histogram's count, 1 for a number.</param>
/// <param name="Bounds">A histogram's bucket boundaries.</param>
/// <param name="ExemplarTraceIds">Trace ids of the exemplars in lower-case hexadecimal.</param>
/// <param name="Attributes">The point's attributes.</param>
public sealed record ReceivedPoint(
    string Service,
    string Meter,
    string Name,
    string Unit,
    double Value,
    long Count,
    IReadOnlyList<double> Bounds,
    IReadOnlyList<string> ExemplarTraceIds,
    IReadOnlyDictionary<string, object?> Attributes
);

/// <summary>One log record as it came over the wire.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Category">The logger's category.</param>
/// <param name="Severity">The severity's text.</param>
/// <param name="Body">The message.</param>
/// <param name="TraceId">The trace id in lower-case hexadecimal, empty outside a trace.</param>
public sealed record ReceivedLog(string Service, string Category, string Severity, string Body, string TraceId);

/// <summary>Turns OTLP messages into plain records.</summary>
internal static class OtlpDecoding
{
    public static IEnumerable<ReceivedSpan> Spans(TraceRequest request) =>
        from resource in request.ResourceSpans
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select new ReceivedSpan(
            ServiceName(resource.Resource),
            scope.Scope.Name,
            span.Name,
            span.Kind,
            Hex(span.TraceId),
            Hex(span.SpanId),
            Hex(span.ParentSpanId),
            span.StartTimeUnixNano,
            span.EndTimeUnixNano,
            span.Status?.Code == 2,
            Attributes(span.Attributes)
        );

    public static IEnumerable<ReceivedPoint> Points(MetricsRequest request) =>
        from resource in request.ResourceMetrics
        from scope in resource.ScopeMetrics
        from metric in scope.Metrics
        from point in Points(ServiceName(resource.Resource), scope.Scope.Name, metric)
        select point;

    public static IEnumerable<ReceivedLog> Logs(LogsRequest request) =>
        from resource in request.ResourceLogs
        from scope in resource.ScopeLogs
        from log in scope.LogRecords
        select new ReceivedLog(
            ServiceName(resource.Resource),
            scope.Scope.Name,
            log.SeverityText,
            log.Body?.StringValue ?? "",
            Hex(log.TraceId)
        );

    private static IEnumerable<ReceivedPoint> Points(string service, string meter, Metric metric)
    {
        return metric.DataCase switch
        {
            Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Select(Distribution),
            Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Select(Number),
            Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Select(Number),
            _ => [],
        };

        ReceivedPoint Distribution(HistogramPoint point) =>
            new(
                service,
                meter,
                metric.Name,
                metric.Unit,
                point.Sum,
                (long)point.Count,
                [.. point.ExplicitBounds],
                [.. point.Exemplars.Select(exemplar => Hex(exemplar.TraceId))],
                Attributes(point.Attributes)
            );

        // A number is either a double or an integer. The absent field reads as zero.
        ReceivedPoint Number(NumberPoint point) =>
            new(
                service,
                meter,
                metric.Name,
                metric.Unit,
                point.AsDouble + point.AsInt,
                1,
                [],
                [.. point.Exemplars.Select(exemplar => Hex(exemplar.TraceId))],
                Attributes(point.Attributes)
            );
    }

    private static string ServiceName(Resource? resource) =>
        resource?.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value.StringValue ?? "";

    private static Dictionary<string, object?> Attributes(RepeatedField<KeyValue> attributes) =>
        attributes.ToDictionary(
            attribute => attribute.Key,
            attribute =>
                attribute.Value?.ValueCase switch
                {
                    AnyValue.ValueOneofCase.StringValue => attribute.Value.StringValue,
                    AnyValue.ValueOneofCase.BoolValue => attribute.Value.BoolValue,
                    AnyValue.ValueOneofCase.IntValue => attribute.Value.IntValue,
                    AnyValue.ValueOneofCase.DoubleValue => (object)attribute.Value.DoubleValue,
                    _ => null,
                }
        );

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
