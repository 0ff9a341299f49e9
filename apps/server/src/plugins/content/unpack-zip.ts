import { CspError } from '@claude-sdk-pattern/protocol';
import { getFileNameLowLevel, parseExtraFields, type Entry } from 'yauzl';

import type { ContentWriter } from './content-writer.ts';
import { refuseFile } from '../problem.ts';
import { openZip } from './open-zip.ts';

/** Text packs by ten, a file of zeros by a thousand. */
const MAX_RATIO = 200;
/** Whatever it was packed from, that much is no bomb. */
const SMALL_BYTES = 1024 * 1024;
const UNIX = 3;
const [TYPE_MASK, REGULAR, FOLDER, LINK] = [0o170_000, 0o100_000, 0o040_000, 0o120_000];

/** Unpacks a .zip; see `unpackArchive`. */
export async function unpackZip(path: string, writer: ContentWriter): Promise<void> {
  try {
    const archive = await openZip(path);
    try {
      for await (const entry of archive.eachEntry()) {
        const name = decodeName(entry);
        if (name.endsWith('/')) {
          await writer.addFolder(name);
          continue;
        }
        const mode = checkEntry(entry, name, writer);
        const content = await archive.openReadStreamPromise(entry);
        await writer.addFile(name, content, { isExecutable: (mode & 0o111) !== 0 });
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof CspError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw refuseFile(
      null,
      `The archive cannot be read: ${reason.slice(0, 200)}`,
      'Pack it again, and test it with unzip -t',
    );
  }
}

function decodeName({ generalPurposeBitFlag, fileNameRaw, extraFieldRaw }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, parseExtraFields(extraFieldRaw), true);
}

/** The Unix mode of an entry; 0 where it was packed elsewhere. Refuses what is no file, and bombs before they are opened. */
function checkEntry(entry: Entry, fileName: string, writer: ContentWriter): number {
  const { compressedSize, uncompressedSize } = entry;
  const mode = entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
  const type = mode & TYPE_MASK;
  if (type === LINK) throw refuseFile(fileName, 'is a link', 'Pack the files themselves: zip without --symlinks');
  if (type !== 0 && type !== REGULAR && type !== FOLDER)
    throw refuseFile(fileName, 'is no file', 'Pack files and folders only');
  if (entry.isEncrypted()) throw refuseFile(fileName, 'is encrypted', 'Pack it without a password');
  if (uncompressedSize > SMALL_BYTES && uncompressedSize > compressedSize * MAX_RATIO)
    throw refuseFile(fileName, `unpacks to more than ${MAX_RATIO} times its size`, 'Leave the file out');
  if (uncompressedSize > writer.bytesLeft) throw writer.toTooLarge();
  return mode;
}
