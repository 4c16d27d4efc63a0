namespace ImageToText.Captioning.Execution;

/// <summary>
/// The vision encoder's outputs for the most recent pictures, so that another prompt or option for one of them needs no encoding.
/// Each entry is one tensor that stays where it is; nothing is copied. Not thread-safe.
/// </summary>
internal sealed class RecentEmbeddings : IDisposable
{
    private readonly Func<DeviceTensor> _create;
    private readonly int _capacity;
    private readonly bool _remembers;
    private readonly Dictionary<string, LinkedListNode<Place>> _places = new(StringComparer.Ordinal);

    // The most recently used one comes first.
    private readonly LinkedList<Place> _order = [];

    /// <summary>Creates an empty store.</summary>
    /// <param name="create">Creates the tensor for one picture.</param>
    /// <param name="tensorBytes">Bytes of one tensor.</param>
    /// <param name="bytes">Bytes for all tensors together. If not even one fits, nothing is cached.</param>
    public RecentEmbeddings(Func<DeviceTensor> create, long tensorBytes, long bytes)
    {
        _create = create;
        _remembers = bytes >= tensorBytes;
        _capacity = (int)Math.Clamp(bytes / tensorBytes, 1, int.MaxValue);
        Latest = Add();
    }

    /// <summary>The tensor that was found or filled last.</summary>
    public DeviceTensor Latest { get; private set; }

    /// <summary>Returns whether a picture's embedding is cached.</summary>
    public bool Remembers(string? picture) => picture is not null && _places.ContainsKey(picture);

    /// <summary>Returns whether a picture's embedding should be cached and is not yet.</summary>
    public bool HasPlaceFor(string? picture) => _remembers && picture is not null && !_places.ContainsKey(picture);

    /// <summary>Makes a picture's embedding the <see cref="Latest"/>, if it is cached.</summary>
    public bool Find(string? picture)
    {
        if (picture is null || !_places.TryGetValue(picture, out var place))
        {
            return false;
        }

        Use(place);
        return true;
    }

    /// <summary>Makes room for another picture. Fill <see cref="Latest"/>, then <see cref="Name"/> it.</summary>
    public void MakeRoom()
    {
        if (_order.First!.Value.Picture is null)
        {
            return; // Room was made before and then not used.
        }

        if (_order.Count < _capacity)
        {
            Add();
        }
        else
        {
            var oldest = _order.Last!;
            // An entry that was never filled has no name.
            if (oldest.Value.Picture is { } name)
            {
                _places.Remove(name);
                oldest.Value.Picture = null;
            }

            Use(oldest);
        }
    }

    /// <summary>Says whose embedding is now in <see cref="Latest"/>.</summary>
    public void Name(string? picture)
    {
        if (_remembers && picture is not null)
        {
            _order.First!.Value.Picture = picture;
            _places[picture] = _order.First;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var place in _order)
        {
            place.Tensor.Dispose();
        }

        _order.Clear();
        _places.Clear();
    }

    private DeviceTensor Add()
    {
        _order.AddFirst(new Place(_create()));
        return Latest = _order.First!.Value.Tensor;
    }

    private void Use(LinkedListNode<Place> place)
    {
        _order.Remove(place);
        _order.AddFirst(place);
        Latest = place.Value.Tensor;
    }

    private sealed class Place(DeviceTensor tensor)
    {
        public DeviceTensor Tensor { get; } = tensor;

        public string? Picture { get; set; }
    }
}
