import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

import { toToldFile, type SessionDirs } from '../session-dirs.ts';
import { readInstructions } from './read-instructions.ts';

/**
 * What the agent gets of the instructions in these folders, with its next message; undefined for none, and where its
 * conversation has the same already.
 * @param places Of each the folder of which no path leads out, and the path from there
 * @param isNew Whether the conversation is empty.
 */
export async function tellInstructions(
  dirs: SessionDirs,
  { places, isNew }: { places: readonly (readonly [dir: string, folder: string])[]; isNew: boolean },
): Promise<string | undefined> {
  const found = await Promise.all(places.map((place) => readInstructions(...place)));
  const text = found.flatMap((each) => (each === undefined ? [] : [each.text])).join('\n\n');
  if (text === '') return undefined;
  const file = toToldFile(dirs);
  const digest = createHash('sha256').update(text).digest('hex');
  // Beside the folders of the process, which cannot write there.
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (!isNew && before === digest) return undefined;
  await writeFile(file, digest, { mode: 0o600 });
  // The text cannot end what stands around it.
  const quoted = text.replaceAll(/<(?=\/?system-reminder)/gi, '&lt;');
  return `<system-reminder>\nThe files of the workspace have these instructions for the project. Follow them where they fit what the user asks.\n\n${quoted}\n</system-reminder>`;
}
