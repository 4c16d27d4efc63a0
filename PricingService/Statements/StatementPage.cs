using System.Globalization;
using System.Net;
using System.Text;

namespace ImageToText.PricingService.Statements;

/// <summary>Writes a statement as a self-contained page to print: a sheet for each account or owner.</summary>
internal static class StatementPage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{0} {1}</title>
        <style>
        :root {{ color-scheme: light; font: 14px/1.45 system-ui, sans-serif; }}
        body {{ margin: 2rem; }}
        section {{ margin-block-end: 3rem; }}
        table {{ border-collapse: collapse; width: 100%; }}
        th, td {{ text-align: start; vertical-align: top; padding: .35rem .6rem; border-block-end: 1px solid #ccc; overflow-wrap: anywhere; }}
        .number {{ text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }}
        tfoot {{ font-weight: bold; }}
        @page {{ margin: 1.5cm; }}
        @media print {{ body {{ margin: 0; }} section {{ break-after: page; }} section:last-child {{ break-after: auto; }} thead {{ display: table-header-group; }} tr {{ break-inside: avoid; }} }}
        </style>
        </head>
        <body>

        """;

    private static readonly CompositeFormat HeadFormat = CompositeFormat.Parse(Head);

    public static byte[] Write(StatementDocument statement)
    {
        var page = new StringBuilder();
        page.AppendFormat(CultureInfo.InvariantCulture, HeadFormat, statement.Title, statement.Month);
        if (statement.Parts.Count == 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h1>{statement.Title} {statement.Month}</h1>\n<p>Nothing was delivered.</p>\n");
        }

        foreach (var part in statement.Parts)
        {
            string name = part.Name is { } named ? Encoded(named) : $"no {statement.PartName}";
            page.Append(
                CultureInfo.InvariantCulture,
                $"<section>\n<h1>{statement.Title} {statement.Month}: {name}</h1>\n<table>\n<thead><tr>"
            );
            foreach (var column in statement.Columns)
            {
                page.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"{Class(column)}>{column.Heading}</th>");
            }

            page.Append("</tr></thead>\n<tbody>\n");
            foreach (string[] row in part.Rows)
            {
                page.Append("<tr>");
                foreach (var (column, cell) in statement.Columns.Zip(row))
                {
                    page.Append(CultureInfo.InvariantCulture, $"<td{Class(column)}>{Encoded(cell)}</td>");
                }

                page.Append("</tr>\n");
            }

            int words = statement.Columns.Count - part.Total.Length;
            page.Append(CultureInfo.InvariantCulture, $"</tbody>\n<tfoot><tr><th scope=\"row\" colspan=\"{words}\">Total</th>");
            foreach (string cell in part.Total)
            {
                page.Append(CultureInfo.InvariantCulture, $"<td class=\"number\">{cell}</td>");
            }

            page.Append("</tr></tfoot>\n</table>\n<p>All times are UTC.</p>\n</section>\n");
        }

        return Encoding.UTF8.GetBytes(page.Append("</body>\n</html>\n").ToString());
    }

    private static string Class(StatementColumn column) => column.IsNumber ? " class=\"number\"" : "";

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
