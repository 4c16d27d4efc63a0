using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>Small safetensors files of given numbers.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A file of float32 tensors.</summary>
    public static byte[] Of(params ReadOnlySpan<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var header = new JsonObject();
        var data = new List<byte>();
        foreach (var (name, shape, values) in tensors)
        {
            int begin = data.Count;
            data.AddRange(MemoryMarshal.AsBytes<float>(values));
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]),
                ["data_offsets"] = new JsonArray(begin, data.Count),
            };
        }

        return OfHeader(header.ToJsonString(), [.. data]);
    }

    /// <summary>A file with a header of any text.</summary>
    public static byte[] OfHeader(string header, byte[] data)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. data];
    }
}
