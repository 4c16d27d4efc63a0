using System.Globalization;
using System.Net;
using System.Text;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.ServiceDefaults.Files;
using ImageToText.Standalone.PictureFiles;

namespace ImageToText.Standalone.Comparisons;

/// <summary>The page of a comparison: one self-contained HTML file, including small copies of the pictures.</summary>
internal sealed class ComparisonPage
{
    private const int ThumbnailEdge = 256;

    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <title>Captions compared</title>
        <style>
        :root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
        body { margin: 2rem; }
        table { border-collapse: collapse; margin-block: 1rem 2rem; }
        th, td { text-align: start; vertical-align: top; padding: .5rem .75rem; border-block-end: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
        td { min-width: 12rem; max-width: 32rem; overflow-wrap: anywhere; }
        .figures { font-size: .875rem; }
        .figures td { min-width: 0; overflow-wrap: normal; }
        .number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
        thead th { position: sticky; top: 0; background: Canvas; }
        img { display: block; max-width: 16rem; height: auto; }
        small { display: block; font-weight: normal; opacity: .75; }
        p.caption { margin: 0 0 .25rem; }
        ul { margin: .25rem 0 0; padding-inline-start: 1.25rem; }
        </style>
        </head>
        <body>
        <h1>Captions compared</h1>

        """;

    private readonly string _file;
    private readonly string _folder;

    /// <summary>Decides where to write.</summary>
    /// <exception cref="CommandException">
    /// Nothing can be written there; better to say so before pictures are captioned than after.
    /// </exception>
    public ComparisonPage(string file)
    {
        _file = Path.GetFullPath(file);
        _folder = Path.GetDirectoryName(_file) ?? _file;
        if (Directory.Exists(_file))
        {
            throw new CommandException($"--output is {file}, which is a folder: name the page's file.", ExitCode.Usage);
        }

        if (!Directory.Exists(_folder))
        {
            throw new CommandException($"--output is {file}, but there is no folder {_folder}: make it, or name another.", ExitCode.Usage);
        }
    }

    /// <summary>Writes the page completely or not at all.</summary>
    public Task WriteAsync(Comparison comparison, CancellationToken cancellationToken) =>
        WholeFile.WriteAsync(
            _file,
            async stream =>
            {
                await using var page = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
                await page.WriteAsync(Head);
                await page.WriteAsync(Figures(comparison));
                await WritePicturesAsync(page, comparison, cancellationToken);
                await page.WriteAsync("</body>\n</html>\n");
            }
        );

    private static string Figures(Comparison comparison)
    {
        var text = new StringBuilder();
        bool scored = comparison.Pictures.Any(static picture => picture.References.Count > 0);
        text.Append("<table class=\"figures\">\n<thead><tr><th>Model</th><th>Family</th><th>Parameters</th><th>Runs in</th>")
            .Append("<th>Loaded in</th><th>Captions</th><th>Time each</th><th>Price each</th><th>Price of all</th>")
            .Append(scored ? "<th>BLEU-4</th><th>CIDEr-D</th>" : "")
            .Append("</tr></thead>\n<tbody>\n");
        foreach (var model in comparison.Models)
        {
            var loaded = model.Loaded;
            text.Append("<tr><th>")
                .Append(Escaped(model.Located.Id))
                .Append("<small>")
                .Append(Escaped(model.Located.Folder))
                .Append("</small></th>");
            text.Append("<td>").Append(Escaped(loaded.Architecture)).Append("</td>");
            Number($"{loaded.Parameters / 1e6:0.#} million");
            text.Append("<td>").Append(Escaped($"{loaded.Precision.ToString().ToLowerInvariant()}, {loaded.Provider}")).Append("</td>");
            Number($"{model.LoadTime.TotalSeconds:0.00} s");
            Number($"{model.Captions.Count} of {comparison.Pictures.Count}");
            Number($"{ComparisonSummary.Text(model.MedianTime?.TotalMilliseconds, "0")} ms");
            Number($"{Dollars(model.Captions.Count == 0 ? 0 : model.Cost / model.Captions.Count)}");
            Number($"{Dollars(model.Cost)}");
            if (scored)
            {
                Number($"{ComparisonSummary.Text(model.Bleu, "0.000")}");
                Number($"{ComparisonSummary.Text(model.Cider, "0.000")}");
            }

            text.Append("</tr>\n");
        }

        text.Append("</tbody>\n</table>\n<p>Time each: half of the captions take no longer, one picture at a time. Prices: ")
            .AppendJoin(
                "; ",
                comparison.Models.Select(model =>
                    Escaped(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{model.Located.Id} {model.Price.UsdPerPixel} USD per pixel ({model.Price.Source})"
                        )
                    )
                )
            )
            .Append(".</p>\n");
        if (comparison.Unreadable > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"<p>{comparison.Unreadable} of {comparison.Pictures.Count} pictures could not be read:</p>\n<ul>\n"
            );
            foreach (var picture in comparison.Pictures.Where(static picture => picture.Error is not null))
            {
                text.Append("<li>").Append(Escaped(picture.Error!)).Append("</li>\n");
            }

            text.Append("</ul>\n");
        }

        return text.ToString();

        void Number(FormattableString figure) =>
            text.Append("<td class=\"number\">").Append(Escaped(figure.ToString(CultureInfo.InvariantCulture))).Append("</td>");
    }

    private async Task WritePicturesAsync(StreamWriter page, Comparison comparison, CancellationToken cancellationToken)
    {
        var head = new StringBuilder("<table>\n<thead><tr><th>Picture</th>");
        foreach (var model in comparison.Models)
        {
            head.Append("<th>").Append(Escaped(model.Located.Id)).Append("</th>");
        }

        await page.WriteAsync(head.Append("</tr></thead>\n<tbody>\n").ToString());
        foreach (var picture in comparison.Pictures.Where(static picture => picture.Error is null))
        {
            var row = new StringBuilder("<tr><td>");
            AppendPicture(row, picture, await ThumbnailAsync(picture, cancellationToken));
            foreach (var model in comparison.Models)
            {
                AppendCaption(row, model.Captions.GetValueOrDefault(picture));
            }

            await page.WriteAsync(row.Append("</tr>\n").ToString());
        }

        await page.WriteAsync("</tbody>\n</table>\n");
    }

    private void AppendPicture(StringBuilder row, ComparedPicture picture, byte[]? thumbnail)
    {
        string address = string.Join(
            '/',
            Path.GetRelativePath(_folder, picture.Path).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString)
        );
        row.Append("<a href=\"").Append(Escaped(address)).Append("\">");
        if (thumbnail is not null)
        {
            row.Append("<img alt=\"\" src=\"data:image/jpeg;base64,").Append(Convert.ToBase64String(thumbnail)).Append("\">");
        }

        row.Append(Escaped(picture.Path)).Append("</a>");
        row.Append(CultureInfo.InvariantCulture, $"<small>{picture.Info?.Width} × {picture.Info?.Height}</small>");
        if (picture.References.Count > 0)
        {
            row.Append("<ul>");
            foreach (string reference in picture.References)
            {
                row.Append("<li>").Append(Escaped(reference)).Append("</li>");
            }

            row.Append("</ul>");
        }

        row.Append("</td>");
    }

    private static void AppendCaption(StringBuilder row, ComparedCaption? caption)
    {
        if (caption is null)
        {
            row.Append("<td>-</td>");
            return;
        }

        row.Append("<td><p class=\"caption\">")
            .Append(Escaped(caption.Text))
            .Append("</p><small>")
            .Append(CultureInfo.InvariantCulture, $"{caption.Time.TotalMilliseconds:0} ms, {Dollars(caption.Cost)}")
            .Append("</small></td>");
    }

    // A file that has disappeared since it was captioned has a row without its picture.
    private static async Task<byte[]?> ThumbnailAsync(ComparedPicture picture, CancellationToken cancellationToken)
    {
        try
        {
            var limits = new ImageLimits();
            await using var stream = File.OpenRead(picture.Path);
            var bytes = await PictureFileReader.ReadAsync(stream, limits, cancellationToken);
            return await Task.Run(() => PictureThumbnail.Make(bytes, ThumbnailEdge, limits, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (e is ImageException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Dollars(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"${amount:0.000000000###}");

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
