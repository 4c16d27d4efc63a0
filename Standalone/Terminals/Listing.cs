using Spectre.Console;

namespace ImageToText.Standalone.Terminals;

/// <summary>Rows under headings: a drawn table for people, lines of tab-separated cells for programs.</summary>
/// <param name="columns">The headings.</param>
internal sealed class Listing(params Column[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with one cell per column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(Terminal terminal)
    {
        if (terminal.Screen is { } screen && terminal.ScreenShowsOutput)
        {
            var table = new Table().Border(TableBorder.Simple);
            foreach (var column in columns)
            {
                table.AddColumn(
                    new TableColumn(Markup.Escape(column.Heading)) { Alignment = column.IsNumber ? Justify.Right : Justify.Left }
                );
            }

            foreach (string[] row in _rows)
            {
                table.AddRow(row.Select(Markup.Escape).ToArray());
            }

            screen.Write(table);
            return;
        }

        terminal.WriteLine(string.Join('\t', columns.Select(static column => column.Heading)));
        foreach (string[] row in _rows)
        {
            terminal.WriteLine(string.Join('\t', row));
        }
    }
}

/// <summary>A column of a listing.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="IsNumber">Whether its cells are right-aligned.</param>
internal readonly record struct Column(string Heading, bool IsNumber = false)
{
    public static implicit operator Column(string heading) => new(heading);
}
