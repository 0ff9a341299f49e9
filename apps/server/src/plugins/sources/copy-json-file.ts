import { basename, dirname } from 'node:path';

import { openFolder } from '../../agent-files/folder.ts';
import type { ContentWriter } from '../content/content-writer.ts';
import { refuseFile } from '../problem.ts';

/** Takes one JSON file with MCP servers as the `.mcp.json` of a plugin. */
export async function copyJsonFile(path: string, writer: ContentWriter): Promise<void> {
  await using folder = await openFolder(dirname(path));
  await using file = await folder.openFile(basename(path));
  if (file === undefined) throw refuseFile(basename(path), 'is no regular file', 'Name the file itself');
  await writer.addFile('.mcp.json', file.createReadStream({ autoClose: false }));
}
