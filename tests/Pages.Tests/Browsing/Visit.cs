using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Browsing;

/// <summary>One visitor's tab. It watches for things that must never happen on any page and reports them at the end.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    private Visit(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>The caption on the page, joined from its words.</summary>
    public ILocator Words => Page.GetByRole(AriaRole.List, new() { Name = "Caption, word by word" });

    /// <summary>Opens a page.</summary>
    /// <param name="cluster">The service.</param>
    /// <param name="path">The page.</param>
    /// <param name="options">Size, colours and so on.</param>
    /// <param name="refusals">Error statuses that the test expects. Any other refused request is a fault.</param>
    public static async Task<Visit> OpenAsync(
        PagesCluster cluster,
        string path = "/",
        BrowserNewContextOptions? options = null,
        params int[] refusals
    )
    {
        options ??= new();
        options.BaseURL = cluster.Address.AbsoluteUri;
        options.ViewportSize ??= new() { Width = 1280, Height = 900 };
        var context = await cluster.Browser.NewContextAsync(options);
        context.SetDefaultTimeout(60_000);
        var visit = new Visit(context, await context.NewPageAsync());
        visit.Watch(cluster.Address, refusals);
        await visit.Page.GotoAsync(path);
        return visit;
    }

    /// <summary>Drops files onto the page.</summary>
    public async Task DropAsync(params (string Name, string Type, byte[] Bytes)[] files)
    {
        var transfer = await Page.EvaluateHandleAsync(
            """
            files => {
              const transfer = new DataTransfer();
              for (const [name, type, base64] of files)
                transfer.items.add(new File([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))], name, { type }));
              return transfer;
            }
            """,
            files.Select(static file => new[] { file.Name, file.Type, Convert.ToBase64String(file.Bytes) }).ToArray()
        );
        // Wait until the page shows the files. Before that, it may not be listening yet.
        var over = Page.Locator("label.drop.over");
        while (await over.CountAsync() == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Page.DispatchEventAsync("label.drop", "dragover", new { dataTransfer = transfer });
        }

        await Page.DispatchEventAsync("label.drop", "drop", new { dataTransfer = transfer });
    }

    /// <summary>Drops a sample picture.</summary>
    public async Task DropAsync(string sample) =>
        await DropAsync(
            (
                sample,
                sample.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "image/jpeg",
                await File.ReadAllBytesAsync(PagesCluster.Sample(sample))
            )
        );

    /// <summary>The finished caption of a run.</summary>
    public async Task<string> CaptionAsync(int index = 0)
    {
        var run = Page.GetByRole(AriaRole.Article).Nth(index);
        await run.GetByText("confident", new() { Exact = false }).First.WaitForAsync();
        return string.Join(' ', await run.Locator(".words .word").AllInnerTextsAsync());
    }

    /// <summary>Sets a field.</summary>
    public Task FillAsync(string label, string value) => Page.GetByLabel(label, new() { Exact = true }).FillAsync(value);

    /// <summary>Signs in on the operations page.</summary>
    public async Task SignInAsync(string key)
    {
        await FillAsync("Operator key", key);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Presses a button that asks first, and confirms.</summary>
    /// <param name="button">The button on the page.</param>
    /// <param name="verb">The button in the dialog.</param>
    public async Task ConfirmAsync(string button, string verb)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = verb, Exact = true }).ClickAsync();
        await Assertions.Expect(dialog).ToBeHiddenAsync(new() { Timeout = 60_000 });
    }

    /// <summary>Presses Tab until an element has the focus.</summary>
    public async Task TabToAsync(ILocator wanted)
    {
        for (int i = 0; i < 60; i++)
        {
            if (await wanted.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"Tab never reached {wanted}.");
    }

    /// <summary>The violations that axe finds.</summary>
    public async Task<string[]> AxeAsync()
    {
        var result = await Page.RunAxe();
        return
        [
            .. result.Violations.Select(static violation =>
                $"{violation.Id}: {violation.Help} ({string.Join("; ", violation.Nodes.Select(static node => node.Html))})"
            ),
        ];
    }

    /// <summary>Asserts that there were no console errors, no other hosts and no refused parts of the page.</summary>
    public void AssertClean() => Assert.Empty(_faults);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Watch(Uri address, int[] refusals)
    {
        Page.Console += (_, message) =>
        {
            // The browser reports refused requests here as well. They are checked below.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _faults.Add($"console: {message.Text}");
            }
        };
        Page.PageError += (_, error) => _faults.Add($"page: {error}");
        Page.Request += (_, request) =>
        {
            var target = new Uri(request.Url);
            if (target.Scheme is not ("blob" or "data") && target.Authority != address.Authority)
            {
                _faults.Add($"other host: {request.Url}");
            }
        };
        Page.Response += (_, response) =>
        {
            if (response.Status >= 400 && !refusals.Contains(response.Status))
            {
                _faults.Add($"status {response.Status}: {response.Url}");
            }
        };
    }
}
