using ImageToText.Publishing;

return await Publication.WriteAsync([.. args, "--Deployment:Target=Azure"], ContainerAppsPublishing.PublishToContainerApps);
