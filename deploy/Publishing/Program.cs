using ImageToText.Publishing;

return await Publication.WriteAsync(args, Targets.Publish);
