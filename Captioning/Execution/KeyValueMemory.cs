using ImageToText.Captioning.Layers;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// The keys and values of pictures' prefixes and of texts, within a budget of bytes. Prefixes that running requests attend to
/// come first in their store. After them, those of earlier pictures stay as long as their place is not needed. On the CPU the
/// stores are as large as the running requests need; on a GPU they are allocated once. Not thread-safe, except for
/// <see cref="HasRoomFor"/>.
/// </summary>
internal sealed class KeyValueMemory : IDisposable
{
    private readonly PrefixDecoder _decoder;
    private readonly long _bytesPerPosition;
    private readonly long _budget;
    private readonly int _mostPrefixes;
    private readonly bool _isFixed;
    private readonly List<PrefixEntry> _entries = [];
    private long _departures;

    /// <summary>Allocates all memory on a GPU, and nearly none on a CPU.</summary>
    public KeyValueMemory(PrefixPlan plan, ComputeDevice device, ExecutionOptions options)
    {
        _decoder = plan.Decoder;
        var type = options.Precision is Precision.F16 ? TensorElementType.Float16 : TensorElementType.Float;
        _bytesPerPosition = _decoder.NumbersPerPosition * ComputeDevice.ElementBytes(type);
        _budget = options.KeyValueBytes;
        _mostPrefixes = 2 * options.Capacity.Pictures;
        _isFixed = device.IsCuda;
        var size = Size = _isFixed ? SizeOnDevice(plan, options.Capacity) : default(KeyValueSize) with { Prefixes = 1, Rows = 1 };
        int layers = _decoder.Layers;
        if (_isFixed)
        {
            PrefixKeys = new DeviceRowStore(device, type, layers, size.Prefixes, PrefixShape(size.PrefixPositions).Transposed);
            PrefixValues = new DeviceRowStore(device, type, layers, size.Prefixes, PrefixShape(size.PrefixPositions));
            Texts = new DeviceRowStore(device, type, 2 * layers, size.Rows, PrefixShape(size.TextPositions));
        }
        else
        {
            PrefixKeys = new HostRowStore(layers, size.Prefixes, PrefixShape(0).Transposed, rearranges: false);
            PrefixValues = new HostRowStore(layers, size.Prefixes, PrefixShape(0), rearranges: false);
            Texts = new HostRowStore(2 * layers, size.Rows, PrefixShape(0));
        }
    }

    /// <summary>Keys of the prefixes, one tensor per layer, [prefixes, heads, head size, positions].</summary>
    public RowStore PrefixKeys { get; }

    /// <summary>Values of the prefixes, one tensor per layer, [prefixes, heads, positions, head size].</summary>
    public RowStore PrefixValues { get; }

    /// <summary>Keys and values of the texts, two tensors per layer, [rows, heads, positions, head size].</summary>
    public RowStore Texts { get; }

    /// <summary>What there is room for at present.</summary>
    public KeyValueSize Size { get; private set; }

    /// <summary>The prefixes that running requests attend to.</summary>
    public int Active { get; private set; }

    /// <summary>Bytes taken now.</summary>
    public long Bytes => BytesOf(Size);

    /// <summary>The most bytes used so far.</summary>
    public long HighestBytes { get; private set; }

    /// <summary>Changes when tensors move.</summary>
    public int Version { get; private set; }

    /// <summary>A prefix that running requests attend to, by its place.</summary>
    public PrefixEntry this[int index] => _entries[index];

    /// <summary>Returns whether there is room for all these requests together, once earlier pictures have been dropped.</summary>
    public bool HasRoomFor(IReadOnlyCollection<RequestMemory> requests)
    {
        var needed = KeyValueSize.Of(requests);
        return _isFixed
            ? needed.Prefixes <= Size.Prefixes
                && needed.PrefixPositions <= Size.PrefixPositions
                && needed.TextPositions <= Size.TextPositions
            : BytesOf(needed) <= _budget;
    }

    /// <summary>The prefix of a picture, if it is in memory.</summary>
    public PrefixEntry? Find(string? name) => name is null ? null : _entries.Find(entry => entry.Name == name);

    /// <summary>Lets a request use a prefix.</summary>
    public void Use(PrefixEntry entry)
    {
        if (entry.Users++ == 0)
        {
            Swap(entry.Index, Active++);
        }
    }

    /// <summary>Ends a request's use of a prefix.</summary>
    public void Leave(PrefixEntry entry)
    {
        if (--entry.Users > 0)
        {
            return;
        }

        entry.LeftAt = ++_departures;
        Swap(entry.Index, --Active);
        if (entry.Name is null)
        {
            Remove(entry);
        }
    }

    /// <summary>Makes room for what running requests need, including those about to join.</summary>
    /// <param name="requests">All of them.</param>
    /// <param name="joining">Whether a prefix is about to be added.</param>
    public void MakeRoom(IReadOnlyCollection<RequestMemory> requests, bool joining)
    {
        int added = joining ? 1 : 0;
        while (_entries.Count + added > (_isFixed ? Size.Prefixes : _mostPrefixes) && _entries.Count > Active)
        {
            Remove(Oldest());
        }

        if (_isFixed)
        {
            return;
        }

        var needed = KeyValueSize.Of(requests);
        int prefixes = _entries.Count + added;
        // What is there stays if it is large enough and leaves room.
        var wanted = new KeyValueSize(
            prefixes <= Size.Prefixes ? Size.Prefixes : Math.Min(Math.Max(prefixes, 2 * Size.Prefixes), _mostPrefixes),
            Math.Max(needed.PrefixPositions, Size.PrefixPositions),
            Math.Max(needed.Rows, Size.Rows),
            Math.Max(needed.TextPositions, Size.TextPositions)
        );
        wanted = Fits(wanted) ? wanted : wanted with { Rows = needed.Rows, TextPositions = needed.TextPositions };
        wanted = Fits(wanted) ? wanted : wanted with { Prefixes = prefixes };
        if (!Fits(wanted))
        {
            // Earlier pictures are dropped, and nothing is larger than necessary.
            while (_entries.Count > Active)
            {
                Remove(Oldest());
            }

            wanted = needed with { Prefixes = _entries.Count + added };
        }

        Resize(wanted);
    }

    /// <summary>Adds a picture, for which there must be room. Its prefix has not been read yet.</summary>
    public PrefixEntry Add(string? name, int length)
    {
        var entry = new PrefixEntry(name, length) { Index = _entries.Count };
        _entries.Add(entry);
        return entry;
    }

    /// <summary>Removes an unused prefix.</summary>
    public void Remove(PrefixEntry entry)
    {
        Swap(entry.Index, _entries.Count - 1);
        _entries.RemoveAt(_entries.Count - 1);
    }

    /// <summary>Rearranges the first texts.</summary>
    public void RearrangeTexts(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths)
    {
        Texts.Rearrange(sources, lengths);
        Moved();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        PrefixKeys.Dispose();
        PrefixValues.Dispose();
        Texts.Dispose();
    }

    private bool Fits(KeyValueSize size) => BytesOf(size) <= _budget;

    private long BytesOf(KeyValueSize size) => size.Positions * _bytesPerPosition;

    private PrefixEntry Oldest() => _entries.Skip(Active).MinBy(static entry => entry.LeftAt)!;

    private RowShape PrefixShape(int positions) => new(_decoder.KeyValueHeads, positions, _decoder.HeadSize);

    private void Swap(int first, int second)
    {
        if (first == second)
        {
            return;
        }

        PrefixKeys.Swap(first, second);
        PrefixValues.Swap(first, second);
        (_entries[first], _entries[second]) = (_entries[second], _entries[first]);
        (_entries[first].Index, _entries[second].Index) = (first, second);
        Moved();
    }

    private void Resize(KeyValueSize wanted)
    {
        if (wanted == Size)
        {
            return;
        }

        // What shrinks goes first, so that the budget is never exceeded.
        if ((long)wanted.Rows * wanted.TextPositions < (long)Size.Rows * Size.TextPositions)
        {
            ResizeTexts(wanted);
            ResizePrefixes(wanted);
        }
        else
        {
            ResizePrefixes(wanted);
            ResizeTexts(wanted);
        }

        Version++;
    }

    private void ResizeTexts(KeyValueSize wanted)
    {
        if ((wanted.Rows, wanted.TextPositions) != (Size.Rows, Size.TextPositions))
        {
            Texts.Resize(wanted.Rows, PrefixShape(wanted.TextPositions));
            Settle(Size with { Rows = wanted.Rows, TextPositions = wanted.TextPositions });
        }
    }

    private void ResizePrefixes(KeyValueSize wanted)
    {
        if ((wanted.Prefixes, wanted.PrefixPositions) != (Size.Prefixes, Size.PrefixPositions))
        {
            PrefixKeys.Resize(wanted.Prefixes, PrefixShape(wanted.PrefixPositions).Transposed);
            PrefixValues.Resize(wanted.Prefixes, PrefixShape(wanted.PrefixPositions));
            Settle(Size with { Prefixes = wanted.Prefixes, PrefixPositions = wanted.PrefixPositions });
        }
    }

    private void Settle(KeyValueSize size)
    {
        Size = size;
        HighestBytes = Math.Max(HighestBytes, Bytes);
    }

    // A GPU's tensors are elsewhere after every move.
    private void Moved() => Version += _isFixed ? 1 : 0;

    // On a device every store exists twice, because its rows are gathered from one into the other.
    private KeyValueSize SizeOnDevice(PrefixPlan plan, BatchCapacity capacity)
    {
        long positions = _budget / (2 * _bytesPerPosition);
        int prefix = PrefixStepGraph.Padded(plan.MaxPrefix);
        int prefixes = (int)Math.Clamp(positions / 2 / prefix, 1, capacity.Pictures);
        long left = (positions - ((long)prefixes * prefix)) / (capacity.Rows + 1);
        int text = (int)
            Math.Clamp(left / PrefixStepGraph.PositionBlock, 1, PrefixStepGraph.Padded(plan.MaxPositions) / PrefixStepGraph.PositionBlock);
        return new KeyValueSize(prefixes, prefix, capacity.Rows, text * PrefixStepGraph.PositionBlock);
    }
}
