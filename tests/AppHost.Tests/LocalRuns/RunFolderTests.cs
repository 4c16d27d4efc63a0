using ImageToText.AppHost.Running;

namespace ImageToText.AppHost.Tests.LocalRuns;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-run-").FullName;

    [Fact]
    public void Two_runs_never_share_their_data()
    {
        using (var held = Folder(StoreKind.Embedded))
        {
            held.Hold();
            using var second = Folder(StoreKind.Embedded);
            var refused = Assert.Throws<DeploymentException>(second.Hold);
            Assert.Contains($"{_folder} is in use by another run", refused.Message, StringComparison.Ordinal);
        }

        using var later = Folder(StoreKind.Embedded);
        later.Hold();
    }

    [Fact]
    public void Unshipped_records_of_one_kind_of_store_do_not_reach_the_other()
    {
        using var embedded = Folder(StoreKind.Embedded);
        using var containers = Folder(StoreKind.Containers);
        Assert.NotEqual(embedded.OfGateway("gateway"), containers.OfGateway("gateway"));
        Assert.NotEqual(embedded.OfGateway("gateway"), embedded.OfGateway("gateway-2"));
    }

    [Fact]
    public void A_reset_deletes_only_the_databases_and_the_journals()
    {
        using var embedded = Folder(StoreKind.Embedded);
        using var containers = Folder(StoreKind.Containers);
        foreach (var folder in (RunFolder[])[embedded, containers])
        {
            Directory.CreateDirectory(folder.OfGateway("gateway"));
            File.WriteAllText(folder.Books, "books");
        }

        embedded.Clear();
        Assert.False(File.Exists(embedded.Books));
        Assert.False(Directory.Exists(embedded.OfGateway("gateway")));
        Assert.True(File.Exists(containers.Books));
        embedded.Clear();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunFolder Folder(StoreKind kind) => new(new Deployment { DataFolder = _folder }, kind);
}
