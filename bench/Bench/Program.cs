using System.CommandLine;
using ImageToText.Bench.Cache;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Imaging;
using ImageToText.Bench.Overhead;

var root = new RootCommand("Measurements of ImageToText. Run them in Release, on a machine that does nothing else.")
{
    RandomModelCommand.Create(),
    EngineCommand.Create(),
    ImagingCommand.Create(),
    ImagingCommand.CreateSingle(),
    OverheadCommand.Create(),
    CacheCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
