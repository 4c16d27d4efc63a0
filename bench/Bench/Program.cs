using System.CommandLine;
using ImageToText.Bench.Accuracy;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Gateways;
using ImageToText.Bench.Gpu;
using ImageToText.Bench.Imaging;
using ImageToText.Bench.Jobs;
using ImageToText.Bench.Ledger;
using ImageToText.Bench.Node;
using ImageToText.Bench.Peers;
using ImageToText.Bench.Report;
using ImageToText.Bench.Results;
using ImageToText.Bench.Stack;

var root = new RootCommand("Measurements of ImageToText. Run them in Release, on a machine that does nothing else.")
{
    RandomModelCommand.Create(),
    EngineCommand.Create(),
    PeersCommand.Create(),
    GpuCommand.Create(),
    AccuracyCommand.Create(),
    ImagingCommand.Create(),
    NodeCommand.Create(),
    StackCommand.Create(),
    JobLoadCommand.Create(),
    MemoryCommand.Create(),
    MemoryLimitCommand.Create(),
    StartupCommand.Create(),
    OverheadCommand.Create(),
    CacheBenchmarkCommand.Create(),
    SingleFlightCommand.Create(),
    LedgerCommand.Create(),
    ImagingCommand.CreateSingle(),
    PeersCommand.CreateMemory(),
    ReportCommand.Create(),
};
root.Options.Add(CommonOptions.Results);
root.Options.Add(CommonOptions.Short);
return await root.Parse(args).InvokeAsync();
