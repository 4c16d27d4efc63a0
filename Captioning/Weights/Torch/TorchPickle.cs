namespace ImageToText.Captioning.Weights.Torch;

/// <summary>
/// Reads the pickle of a PyTorch state dict: names, and where their tensors are. A pickle is a program for a stack machine and
/// may call anything. This machine knows the instructions and the few constructors that a state dict needs, builds only
/// descriptions, and refuses everything else by name.
/// </summary>
internal ref struct TorchPickle
{
    // The limits for nesting and for collecting at once: dictionaries are written in batches of 1,000 pairs.
    private const int MaxStack = 5_000;

    private static readonly object Mark = new();
    private static readonly object None = new();
    private static readonly Tuple Nothing = new([]);

    private readonly List<object> _stack = [];
    private readonly List<object> _memo = [];
    private PickleReader _reader;

    private TorchPickle(PickleReader reader) => _reader = reader;

    private enum Function
    {
        OrderedDictionary,
        Tensor,
        Parameter,
    }

    /// <summary>Reads the tensors of a pickle.</summary>
    /// <param name="bytes">The pickle.</param>
    /// <param name="file">The file's name for error messages.</param>
    /// <exception cref="ModelFormatException">It contains something else, or can't be read.</exception>
    public static IReadOnlyList<KeyValuePair<string, TorchTensor>> Read(ReadOnlySpan<byte> bytes, string file) =>
        new TorchPickle(new PickleReader(bytes, file)).Run();

    private List<KeyValuePair<string, TorchTensor>> Run()
    {
        if (_reader.Byte() != 0x80 || _reader.Byte() is not (2 or 3))
        {
            throw _reader.Refuse("it does not begin as a pickle of protocol 2 does");
        }

        while (Step())
        {
            if (_stack.Count > MaxStack)
            {
                throw _reader.Refuse($"it sets more than {MaxStack} values aside");
            }
        }

        if (_stack is not [Dictionary state])
        {
            throw _reader.Refuse("it does not end in one dictionary of tensors");
        }

        var tensors = new List<KeyValuePair<string, TorchTensor>>(state.Entries.Count);
        foreach (var (name, value) in state.Entries)
        {
            tensors.Add(
                new(
                    name,
                    value as TorchTensor
                        ?? throw _reader.Refuse(
                            $"its entry {Short(name)} is {Describe(value)}; a file of weights holds only tensors. Was "
                                + $"it saved whole by a training "
                                + $"program?"
                        )
                )
            );
        }

        return tensors;
    }

    // False after the last instruction.
    private bool Step()
    {
        int at = _reader.Position;
        byte instruction = _reader.Byte();
        switch ((char)instruction)
        {
            case '.':
                return false;
            case '(':
                _stack.Add(Mark);
                break;
            case '}':
                _stack.Add(new Dictionary());
                break;
            case ')':
                _stack.Add(Nothing);
                break;
            case 'N':
                _stack.Add(None);
                break;
            case '\x88' or '\x89':
                _stack.Add(instruction == 0x88);
                break;
            case 'K':
                _stack.Add((long)_reader.Byte());
                break;
            case 'M':
                _stack.Add((long)_reader.UInt16());
                break;
            case 'J':
                _stack.Add((long)_reader.Int32());
                break;
            case '\x8a':
                _stack.Add(_reader.LongNumber());
                break;
            case 'X':
                _stack.Add(_reader.Text(_reader.UInt32()));
                break;
            case 'c':
                _stack.Add(Global());
                break;
            case 'q':
                Remember(_reader.Byte());
                break;
            case 'r':
                Remember(_reader.UInt32());
                break;
            case 'h':
                Recall(_reader.Byte());
                break;
            case 'j':
                Recall(_reader.UInt32());
                break;
            case 't':
                _stack.Add(new Tuple(PopToMark()));
                break;
            case '\x85' or '\x86' or '\x87':
                _stack.Add(new Tuple(Pop(instruction - 0x84)));
                break;
            case 'Q':
                _stack.Add(Storage(Pop()));
                break;
            case 'R':
                Call();
                break;
            case 's':
                Set(Pop(2));
                break;
            case 'u':
                Set(PopToMark());
                break;
            case 'b':
                TakeAttributes();
                break;
            default:
                throw _reader.Refuse($"it has the instruction 0x{instruction:x2} at byte {at}, which no state dict needs");
        }

        return true;
    }

    private void Call()
    {
        var arguments = Pop() as Tuple;
        object function = Pop();
        _stack.Add(
            function switch
            {
                Function.OrderedDictionary when arguments is { Items: [] } => new Dictionary(),
                // requires_grad, hooks and metadata say nothing about the numbers.
                Function.Tensor
                    when arguments
                        is {
                            Items: [
                                    TorchStorage storage,
                                    long offset,
                                    Tuple shape,
                                    Tuple strides,
                                    bool,
                                    Dictionary { Entries.Count: 0 },
                                    ..,
                                ]
                                and { Length: <= 7 }
                        } => new TorchTensor(storage, offset, Numbers(shape), Numbers(strides)),
                Function.Parameter when arguments is { Items: [TorchTensor tensor, bool, Dictionary { Entries.Count: 0 }] } => tensor,
                Function => throw _reader.Refuse($"it calls {NameOf((Function)function)} in an unknown way"),
                _ => throw _reader.Refuse($"it calls {Describe(function)}"),
            }
        );
    }

    // An ordered dictionary's attributes, where torch notes module versions (_metadata).
    private void TakeAttributes()
    {
        object attributes = Pop();
        if (attributes is not Dictionary || _stack is not [.., Dictionary])
        {
            throw _reader.Refuse($"it gives {(_stack.Count == 0 ? "nothing" : Describe(_stack[^1]))} attributes");
        }
    }

    private void Set(object[] pairs)
    {
        if (pairs.Length % 2 != 0 || _stack is not [.., Dictionary dictionary])
        {
            throw _reader.Refuse("it fills something that is not a dictionary");
        }

        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is not string key)
            {
                throw _reader.Refuse($"a dictionary's key is {Describe(pairs[i])}; a name is expected");
            }

            if (!dictionary.TryAdd(key, pairs[i + 1]))
            {
                throw _reader.Refuse($"it names {Short(key)} twice");
            }
        }
    }

    private readonly TorchStorage Storage(object id) =>
        id switch
        {
            Tuple { Items: ["storage", TensorType type, string key, string, long count] } => new TorchStorage(type, key, count),
            // Written before torch 1.0: a view of another storage, which state dicts don't have.
            Tuple { Items: ["storage", TensorType type, string key, string, long count, var view] } when view == None => new TorchStorage(
                type,
                key,
                count
            ),
            _ => throw _reader.Refuse($"it refers to {Describe(id)} outside, not to a storage of numbers"),
        };

    private object Global()
    {
        string module = _reader.Line();
        string name = _reader.Line();
        return (module, name) switch
        {
            ("collections", "OrderedDict") => Function.OrderedDictionary,
            ("torch._utils", "_rebuild_tensor_v2") => Function.Tensor,
            ("torch._utils", "_rebuild_parameter") => Function.Parameter,
            ("torch", "DoubleStorage") => TensorType.F64,
            ("torch", "FloatStorage") => TensorType.F32,
            ("torch", "HalfStorage") => TensorType.F16,
            ("torch", "BFloat16Storage") => TensorType.BF16,
            ("torch", "LongStorage") => TensorType.I64,
            ("torch", "IntStorage") => TensorType.I32,
            ("torch", "ShortStorage") => TensorType.I16,
            ("torch", "CharStorage") => TensorType.I8,
            ("torch", "ByteStorage") => TensorType.U8,
            ("torch", "BoolStorage") => TensorType.Bool,
            _ => throw _reader.Refuse($"it names {Short($"{module}.{name}")}, which weights do not need and which is not run here"),
        };
    }

    private void Remember(uint place)
    {
        object value = Top();
        if (place == _memo.Count)
        {
            _memo.Add(value);
        }
        else if (place < _memo.Count)
        {
            _memo[(int)place] = value;
        }
        else
        {
            throw _reader.Refuse($"it remembers a value at place {place} of {_memo.Count}");
        }
    }

    private readonly void Recall(uint place) =>
        _stack.Add(place < _memo.Count ? _memo[(int)place] : throw _reader.Refuse($"it recalls place {place} of {_memo.Count}"));

    private readonly object Top() => _stack is [.., var top] ? top : throw _reader.Refuse("it takes a value where there is none");

    private readonly object Pop()
    {
        object top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top != Mark ? top : throw _reader.Refuse("it takes a value where there is none");
    }

    private readonly object[] Pop(int count)
    {
        object[] values = new object[count];
        while (count > 0)
        {
            values[--count] = Pop();
        }

        return values;
    }

    private readonly object[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw _reader.Refuse("it closes a list that was never opened");
        }

        object[] values = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private readonly long[] Numbers(Tuple tuple)
    {
        long[] numbers = new long[tuple.Items.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = tuple.Items[i] is long number ? number : throw _reader.Refuse($"a shape holds {Describe(tuple.Items[i])}");
        }

        return numbers;
    }

    private static string NameOf(Function function) =>
        function switch
        {
            Function.OrderedDictionary => "collections.OrderedDict",
            Function.Tensor => "torch._utils._rebuild_tensor_v2",
            _ => "torch._utils._rebuild_parameter",
        };

    private static string Describe(object value) =>
        value switch
        {
            string => "a text",
            long => "a number",
            bool => "a Boolean value",
            Tuple => "a tuple",
            Dictionary => "a dictionary",
            TorchTensor => "a tensor",
            TorchStorage => "a storage",
            TensorType => "a type",
            Function function => NameOf(function),
            _ => "nothing",
        };

    private static string Short(string text) => text.Length <= 100 ? text : $"{text[..100]}...";

    private sealed record Tuple(object[] Items);

    private sealed class Dictionary
    {
        private static readonly OrderedDictionary<string, object> None = [];
        private OrderedDictionary<string, object>? _entries;

        public OrderedDictionary<string, object> Entries => _entries ?? None;

        public bool TryAdd(string key, object value) => (_entries ??= new(StringComparer.Ordinal)).TryAdd(key, value);
    }
}
