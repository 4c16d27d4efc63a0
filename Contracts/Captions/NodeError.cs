namespace ImageToText.Contracts;

/// <summary>An error of a node, in the shape of Livepeer's AI runner: <c>{"detail":{"msg"}}</c>.</summary>
/// <param name="Detail">What went wrong.</param>
public sealed record NodeError(NodeErrorDetail Detail);

/// <summary>What went wrong.</summary>
/// <param name="Msg">For people: what was wrong, with what, and what to do.</param>
/// <param name="Code">For programs, as in <see cref="ErrorCodeTable"/>; null: the status says it all.</param>
/// <param name="Param">The field at fault; null: none.</param>
public sealed record NodeErrorDetail(string Msg, string? Code = null, string? Param = null);

/// <summary>Invalid fields of a request (422): <c>{"detail":[{"loc","msg","type"}]}</c>.</summary>
/// <param name="Detail">One entry per error.</param>
public sealed record NodeValidationError(IReadOnlyList<NodeFieldError> Detail);

/// <summary>One invalid field.</summary>
/// <param name="Loc">Where it is, outermost first: body, then the field's name.</param>
/// <param name="Msg">What was given and what is allowed.</param>
/// <param name="Type">A code for programs, such as missing, int_parsing or value_error.</param>
public sealed record NodeFieldError(IReadOnlyList<string> Loc, string Msg, string Type);
