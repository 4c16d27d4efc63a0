using System.Globalization;
using System.Text;

namespace ImageToText.Bench.Tables;

/// <summary>Writes Markdown, with numbers formatted the same on every machine.</summary>
internal sealed class Markdown
{
    private readonly StringBuilder _text = new();

    public void Heading(int level, string title) => Block($"{new string('#', level)} {title}");

    public void Paragraph(string text) => Block(text);

    /// <summary>Commands for the reader, marked so that the docs' tests skip them, since they take minutes.</summary>
    public void Commands(params IEnumerable<string> lines) =>
        Block($"<!-- not run: takes minutes -->\n```bash\n{string.Join('\n', lines)}\n```");

    public void Image(string description, string path) => Block($"![{description}]({path})");

    /// <summary>A table whose cells are made by <see cref="Cell"/> or <see cref="Text"/>.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var lines = new List<string> { Row(columns), Row([.. columns.Select(static _ => "---")]) };
        lines.AddRange(rows.Select(Row));
        Block(string.Join('\n', lines));
    }

    /// <summary>Text with numbers in it.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number with three digits or more, with a thousands separator.</summary>
    public static string Cell(double? number) =>
        number switch
        {
            null => "–",
            0 => "0",
            { } value => value.ToString(
                Math.Abs(value) switch
                {
                    < 1 => "0.000",
                    < 10 => "0.00",
                    < 100 => "0.0",
                    _ => "N0",
                },
                CultureInfo.InvariantCulture
            ),
        };

    public override string ToString() => _text.ToString();

    private static string Row(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells)} |";

    private void Block(string text)
    {
        if (_text.Length > 0)
        {
            _text.Append('\n');
        }

        _text.Append(text).Append('\n');
    }
}
