using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace ImageToText.TestSupport;

/// <summary>
/// Serves the hub's routes on one port. Like the hub, it redirects large files to another host (a second port) and small files to
/// another path of its own.
/// </summary>
public sealed class HubStandIn : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    /// <summary>The config.json of a BLIP that writes captions.</summary>
    public const string BlipConfig = """
        {
          "model_type": "blip",
          "architectures": ["BlipForConditionalGeneration"],
          "torch_dtype": "float32",
          "vision_config": {
            "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32, "patch_size": 16,
            "hidden_act": "gelu", "layer_norm_eps": 1e-5
          },
          "text_config": {
            "vocab_size": 40, "hidden_size": 64, "encoder_hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2,
            "max_position_embeddings": 32, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "bos_token_id": 30, "sep_token_id": 20
          }
        }
        """;

    private readonly WebApplication _hub;
    private readonly WebApplication _cdn;
    private readonly Dictionary<string, HubStoredFile> _files = [];
    private readonly List<HubPullRequest> _pullRequests = [];

    private HubStandIn()
    {
        _hub = CreateServer(HubRequests);
        _cdn = CreateServer(CdnRequests);
    }

    public string ModelId { get; set; } = "org/captioner";

    /// <summary>If set, the only token that may read.</summary>
    public string? RequiredToken { get; set; }

    public bool Gated { get; set; }

    /// <summary>The card's licence.</summary>
    public string? Licence { get; set; }

    /// <summary>The name that the card gives its own licence.</summary>
    public string? LicenceName { get; set; }

    /// <summary>Whether discussions and pull requests are available. Mirrors have none.</summary>
    public bool HasDiscussions { get; set; } = true;

    /// <summary>Whether the listing leaves out sizes and hashes, as old mirrors do.</summary>
    public bool BareListing { get; set; }

    public ConcurrentQueue<HttpRequestSeen> HubRequests { get; } = new();

    public ConcurrentQueue<HttpRequestSeen> CdnRequests { get; } = new();

    /// <summary>Runs before the CDN serves. Returns true if it has written its own answer.</summary>
    public Func<HttpContext, byte[], Task<bool>>? BeforeCdn { get; set; }

    /// <summary>Runs before the hub serves. Returns true if it has written its own answer.</summary>
    public Func<HttpContext, Task<bool>>? BeforeHub { get; set; }

    public Uri Address { get; private set; } = null!;

    public Uri CdnAddress { get; private set; } = null!;

    public static async Task<HubStandIn> StartAsync()
    {
        var standIn = new HubStandIn();
        standIn._hub.Run(standIn.ServeHubAsync);
        standIn._cdn.Run(standIn.ServeCdnAsync);
        await standIn._hub.StartAsync();
        await standIn._cdn.StartAsync();
        standIn.Address = AddressOf(standIn._hub);
        standIn.CdnAddress = AddressOf(standIn._cdn);
        return standIn;
    }

    public void Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text), large: false);

    public byte[] AddLarge(string name, int bytes, int seed = 1)
    {
        byte[] content = new byte[bytes];
        new Random(seed).NextBytes(content);
        Add(name, content, large: true);
        return content;
    }

    public void AddLarge(string name, byte[] content) => Add(name, content, large: true);

    /// <summary>Serves bytes that don't match the listing's hash.</summary>
    public void Falsify(string name)
    {
        var file = _files[name];
        byte[] other = (byte[])file.Content.Clone();
        other[^1] ^= 1;
        _files[name] = file with { Content = other };
    }

    /// <summary>Adds all files of a model folder, with weights as large files whatever their size.</summary>
    public void AddFolder(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            Add(Path.GetFileName(file), File.ReadAllBytes(file), large: Path.GetExtension(file) is ".safetensors" or ".bin" or ".model");
        }
    }

    public void AddModel(int weightBytes = 300_000)
    {
        Add("config.json", BlipConfig);
        Add("preprocessor_config.json", "{}");
        Add("vocab.txt", "[PAD]\n[UNK]\n");
        Add("README.md", "# read me");
        AddLarge("model.safetensors", weightBytes);
        AddLarge("pytorch_model.bin", 1000, seed: 2);
        AddLarge("tf_model.h5", 1000, seed: 3);
    }

    /// <summary>
    /// The layout of Salesforce/blip-image-captioning-base: only PyTorch and TensorFlow weights on main, and safetensors in pull requests.
    /// One is the bot's for an earlier commit, one is someone else's under the same title, and one is the right one.
    /// </summary>
    /// <param name="weights">The bytes of the right conversion.</param>
    /// <param name="pickled">The bytes of main's weights.</param>
    public void AddBlipBase(byte[] weights, byte[] pickled)
    {
        ModelId = "Salesforce/blip-image-captioning-base";
        Licence = "bsd-3-clause";
        Add("preprocessor_config.json", "{}");
        Add("vocab.txt", "[PAD]\n[UNK]\n");
        AddLarge("pytorch_model.bin", pickled);
        AddLarge("tf_model.h5", 1000, seed: 3);
        Add("README.md", "# read me");
        AddPullRequest(7, "SFconvertbot", parent: new string('a', 40), "model.safetensors", [7]);
        AddPullRequest(12, "someone", Commit, "model.safetensors", [12]);
        AddPullRequest(35, "SFconvertbot", Commit, "model.safetensors", [35], status: "closed");
        AddPullRequest(36, "SFconvertbot", Commit, "model.safetensors", [36], title: "Adding ONNX file of this model");
        AddPullRequest(38, "SFconvertbot", Commit, "model.safetensors", weights);
    }

    /// <summary>Adds a pull request with one more large file than main.</summary>
    public void AddPullRequest(
        int number,
        string author,
        string parent,
        string file,
        byte[] content,
        string title = "Adding `safetensors` variant of this model",
        string status = "open"
    ) => _pullRequests.Add(new HubPullRequest(number, author, title, status, parent, file, Store(content, large: true)));

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _cdn.DisposeAsync();
    }

    private void Add(string name, byte[] content, bool large) => _files[name] = Store(content, large);

    private static HubStoredFile Store(byte[] content, bool large)
    {
#pragma warning disable CA5350 // git names blobs by SHA-1. Nothing here relies on it for security.
        string hash = large
            ? Convert.ToHexStringLower(SHA256.HashData(content))
            : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
        return new HubStoredFile(content, hash, large);
    }

    private static WebApplication CreateServer(ConcurrentQueue<HttpRequestSeen> seen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Use(
            (context, next) =>
            {
                seen.Enqueue(
                    new HttpRequestSeen(
                        context.Request.Method,
                        context.Request.Path + context.Request.QueryString,
                        context.Request.Headers.Authorization,
                        context.Request.Headers.Range
                    )
                );
                return next(context);
            }
        );
        return app;
    }

    private static Uri AddressOf(WebApplication app) => new(app.Urls.Single());

    private async Task ServeHubAsync(HttpContext context)
    {
        if (BeforeHub is not null && await BeforeHub(context))
        {
            return;
        }

        string authorization = context.Request.Headers.Authorization.ToString();
        string path = context.Request.Path.Value!;
        if (RequiredToken is not null && authorization != $"Bearer {RequiredToken}")
        {
            Refuse(
                context,
                401,
                Gated ? "GatedRepo"
                    : authorization.Length == 0 ? "RepoNotFound"
                    : null,
                authorization.Length == 0 ? "Repository not found" : "Invalid credentials in Authorization header"
            );
            return;
        }

        if (Gated && RequiredToken is null)
        {
            Refuse(context, 403, "GatedRepo", "Access to model is restricted and you are not in the authorized list.");
            return;
        }

        if (!path.Contains(ModelId, StringComparison.Ordinal))
        {
            Refuse(context, 404, "RepoNotFound", "Repository not found");
            return;
        }

        string api = $"/api/models/{ModelId}/revision/";
        if (path.StartsWith(api, StringComparison.Ordinal))
        {
            string revision = Uri.UnescapeDataString(path[api.Length..]);
            if (Find(revision) is { } request)
            {
                await context.Response.WriteAsJsonAsync(HubBodies.Listing(this, request.Head, FilesOf(request)));
            }
            else if (revision is "main" or Commit or "refs/pr/7")
            {
                await context.Response.WriteAsJsonAsync(HubBodies.Listing(this, Commit, _files));
            }
            else
            {
                Refuse(context, 404, "RevisionNotFound", "Invalid rev id: " + revision);
            }

            return;
        }

        string commits = $"/api/models/{ModelId}/commits/";
        if (path.StartsWith(commits, StringComparison.Ordinal))
        {
            if (Find(Uri.UnescapeDataString(path[commits.Length..])) is { } request)
            {
                await context.Response.WriteAsJsonAsync(
                    new[] { HubBodies.Commit(request.Head), HubBodies.Commit(request.Parent), HubBodies.Commit(new string('f', 40)) }
                );
            }
            else
            {
                await context.Response.WriteAsJsonAsync(new[] { HubBodies.Commit(Commit), HubBodies.Commit(new string('f', 40)) });
            }

            return;
        }

        if (path == $"/api/models/{ModelId}/discussions")
        {
            if (HasDiscussions)
            {
                await context.Response.WriteAsJsonAsync(HubBodies.Discussions(ModelId, _pullRequests, context.Request.Query));
            }
            else
            {
                Refuse(context, 404, null, "Discussions are disabled for this repo");
            }

            return;
        }

        string resolve = $"/{ModelId}/resolve/";
        string cache = $"/api/resolve-cache/models/{ModelId}/{Commit}/";
        if (
            path.StartsWith(resolve, StringComparison.Ordinal)
            && path[resolve.Length..].Split('/', 2) is [var commit, var name]
            && (
                commit == Commit ? _files
                : Find(commit) is { } held ? FilesOf(held)
                : []
            ).TryGetValue(name, out var file)
        )
        {
            context.Response.Headers["X-Repo-Commit"] = commit;
            context.Response.Headers["X-Linked-Size"] = file.Size.ToString(System.Globalization.CultureInfo.InvariantCulture);
            context.Response.Headers["X-Linked-Etag"] = $"\"{file.Hash}\"";
            context.Response.StatusCode = file.Large ? 302 : 307;
            context.Response.Headers.Location = file.Large
                ? $"{CdnAddress}{name}?Signature=abc{(commit == Commit ? "" : $"&commit={commit}")}"
                : cache + name;
        }
        else if (path.StartsWith(cache, StringComparison.Ordinal) && _files.TryGetValue(path[cache.Length..], out var small))
        {
            context.Response.Headers.ETag = $"\"{small.Hash}\"";
            context.Response.ContentLength = small.Content.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await context.Response.Body.WriteAsync(small.Content);
            }
        }
        else
        {
            Refuse(context, 404, "EntryNotFound", "Entry not found");
        }
    }

    private async Task ServeCdnAsync(HttpContext context)
    {
        var files = context.Request.Query["commit"] is [{ } commit] ? FilesOf(Find(commit)!) : _files;
        byte[] content = files[context.Request.Path.Value![1..]].Content;
        if (BeforeCdn is not null && await BeforeCdn(context, content))
        {
            return;
        }

        int from = 0;
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } start)
        {
            from = (int)start;
            context.Response.StatusCode = 206;
            context.Response.GetTypedHeaders().ContentRange = new(from, content.Length - 1, content.Length);
        }

        context.Response.ContentLength = content.Length - from;
        await context.Response.Body.WriteAsync(content.AsMemory(from));
    }

    private HubPullRequest? Find(string revision) =>
        _pullRequests.FirstOrDefault(request => revision == $"refs/pr/{request.Number}" || revision == request.Head);

    private Dictionary<string, HubStoredFile> FilesOf(HubPullRequest request) => new(_files) { [request.FileName] = request.File };

    private static void Refuse(HttpContext context, int status, string? code, string message)
    {
        context.Response.StatusCode = status;
        if (code is not null)
        {
            context.Response.Headers["X-Error-Code"] = code;
        }

        context.Response.Headers["X-Error-Message"] = message;
    }
}

public sealed record HttpRequestSeen(string Method, string Path, string? Authorization, string? Range);
