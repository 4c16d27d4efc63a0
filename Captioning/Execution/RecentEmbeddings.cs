namespace ImageToText.Captioning.Execution;

/// <summary>
/// The vision encoder's outputs of the pictures seen last, so that another prompt or option for one of them needs no encoding. Each
/// place is one tensor, where it lies: nothing is copied. Not thread-safe.
/// </summary>
internal sealed class RecentEmbeddings : IDisposable
{
    private readonly Func<DeviceTensor> _create;
    private readonly int _capacity;
    private readonly bool _remembers;
    private readonly Dictionary<string, LinkedListNode<Place>> _places = new(StringComparer.Ordinal);

    // The one used last stands first.
    private readonly LinkedList<Place> _order = [];

    /// <summary>Makes an empty store.</summary>
    /// <param name="create">Makes the tensor of one picture.</param>
    /// <param name="tensorBytes">Bytes of one tensor.</param>
    /// <param name="bytes">Bytes of all together; where not one tensor fits, nothing is remembered.</param>
    public RecentEmbeddings(Func<DeviceTensor> create, long tensorBytes, long bytes)
    {
        _create = create;
        _remembers = bytes >= tensorBytes;
        _capacity = (int)Math.Clamp(bytes / tensorBytes, 1, int.MaxValue);
        Latest = Add();
    }

    /// <summary>The tensor that was found or filled last.</summary>
    public DeviceTensor Latest { get; private set; }

    /// <summary>Whether the embedding of a picture is there.</summary>
    public bool Remembers(string? picture) => picture is not null && _places.ContainsKey(picture);

    /// <summary>Whether the embedding of a picture is to be kept, and is not there yet.</summary>
    public bool HasPlaceFor(string? picture) => _remembers && picture is not null && !_places.ContainsKey(picture);

    /// <summary>Makes the embedding of a picture <see cref="Latest"/>, if it is remembered.</summary>
    public bool Find(string? picture)
    {
        if (picture is null || !_places.TryGetValue(picture, out var place))
        {
            return false;
        }

        Use(place);
        return true;
    }

    /// <summary>Makes room for another picture: <see cref="Latest"/> is to be filled, then <see cref="Name"/>d.</summary>
    public void MakeRoom()
    {
        if (_order.First!.Value.Picture is null)
        {
            return; // It was made room for before, and then not filled.
        }

        if (_order.Count < _capacity)
        {
            Add();
        }
        else
        {
            var oldest = _order.Last!;
            // One that was made room for and then not filled has no name.
            if (oldest.Value.Picture is { } name)
            {
                _places.Remove(name);
                oldest.Value.Picture = null;
            }

            Use(oldest);
        }
    }

    /// <summary>Says whose embedding <see cref="Latest"/> holds now.</summary>
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
