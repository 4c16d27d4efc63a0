using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Intake.Folders;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>Where the pictures of a job are.</summary>
internal sealed class JobPictures(OpenFolders folders, OpenBuckets buckets)
{
    /// <summary>What the pictures of a job are named in; null: its requests hold them, or their web addresses.</summary>
    public INamedPictures? Of(Job job) => Of(NativeAsk.Of(job));

    /// <summary>What the pictures of a job that was asked for so are named in.</summary>
    public INamedPictures? Of(NativeAsk ask) =>
        ask switch
        {
            { Folder: not null } => folders,
            { Bucket: not null } => buckets,
            _ => null,
        };
}
