/** A file that was dropped, with its path below the folder that it was dropped into. */
export interface DroppedFile {
  path: string;
  file: File;
}

export interface Dropped {
  files: readonly DroppedFile[];
  /** The folders among them, each before what is in it. */
  folders: readonly string[];
}

/** A folder of a browser's cache or of packages is hardly meant. */
const MAX_FILES = 2000;

/** What was dropped, folders with all that is in them. Call it while the event is handled: it reads the event at once. */
export function readDropped(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry === null ? [] : [entry];
  });
  if (entries.length === 0) {
    return Promise.resolve({ files: [...transfer.files].map((file) => ({ path: file.name, file })), folders: [] });
  }
  return readEntries(entries);
}

async function readEntries(entries: readonly FileSystemEntry[]): Promise<Dropped> {
  const files: DroppedFile[] = [];
  const folders: string[] = [];
  const left = [...entries];
  for (let entry = left.shift(); entry !== undefined && files.length < MAX_FILES; entry = left.shift()) {
    const path = entry.fullPath.replace(/^\//, '');
    if (isFile(entry)) files.push({ path, file: await new Promise<File>(entry.file.bind(entry)) });
    else if (isFolder(entry)) {
      folders.push(path);
      const reader = entry.createReader();
      // A browser gives them in parts; an empty one is the last.
      for (;;) {
        const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (part.length === 0) break;
        left.push(...part);
      }
    }
  }
  return { files, folders };
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
