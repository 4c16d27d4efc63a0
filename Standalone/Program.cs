using ImageToText.Standalone;
using ImageToText.Standalone.Terminals;

using var terminal = Terminal.OfProcess();
return await new StandaloneCommandLine(Engine.Real, terminal).RunAsync(args);
