/** A picture in a folder that the visitor gave. */
export interface FolderPicture {
  /** Its path in the folder, with slashes. */
  readonly path: string;
  readonly file: File;
}

/** A folder that the visitor gave, with its pictures in the order of their paths. */
export interface Folder {
  readonly name: string;
  readonly pictures: readonly FolderPicture[];
}

/** As the service's own list has them (ServiceDefaults/Files/PictureExtensions.cs). What it can't read fails with a reason. */
const endings = /\.(jpe?g|jpe|jfif|png|gif|webp|bmp|dib|tiff?|avif|hei[cf]|hif|jxl|jp2|j2k|psd|ico|tga|p[nbgp]m)$/i;

/** Whether a file is taken for a picture, by its name; hidden files and what lies in hidden folders are not. */
export function isPicture(path: string): boolean {
  return endings.test(path) && !path.split("/").some((part) => part.startsWith("."));
}

/** The folders among what was dropped. Call it while the event is handled: afterwards the browser has forgotten them. */
export function droppedFolders(transfer: DataTransfer | null): FileSystemDirectoryEntry[] {
  return [...(transfer?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter(isFolder);
}

/** The files among what was dropped. */
export function droppedFiles(transfer: DataTransfer | null): File[] {
  return [...(transfer?.items ?? [])]
    .filter((item) => !isFolder(item.webkitGetAsEntry()))
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}

/** Reads dropped folders. */
export async function readFolders(folders: readonly FileSystemDirectoryEntry[]): Promise<Folder> {
  const [only, ...others] = folders;
  const pictures: FolderPicture[] = [];
  const waiting: FileSystemDirectoryEntry[] = [...folders];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await entriesOf(folder)) {
      if (isFolder(entry)) waiting.push(entry);
      else if (isFile(entry)) {
        // With several folders, their names tell pictures apart.
        const path = entry.fullPath
          .split("/")
          .slice(others.length === 0 ? 2 : 1)
          .join("/");
        if (isPicture(path)) pictures.push({ path, file: await fileOf(entry) });
      }
    }
  }
  return folderOf(others.length === 0 && only !== undefined ? only.name : `${folders.length} folders`, pictures);
}

/** The folder that was picked. */
export function pickedFolder(files: readonly File[]): Folder {
  const name = files[0]?.webkitRelativePath.split("/")[0] ?? "folder";
  return folderOf(
    name,
    files
      .map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file }))
      .filter((picture) => isPicture(picture.path)),
  );
}

function folderOf(name: string, pictures: readonly FolderPicture[]): Folder {
  return { name, pictures: [...pictures].sort((one, other) => (one.path < other.path ? -1 : 1)) };
}

function isFolder(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives some entries at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
