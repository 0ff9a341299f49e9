import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

import { definePlugin, defineTool } from '@claude-sdk-pattern/plugin-api';
import { z } from 'zod';

const countWords = defineTool({
  name: 'count_words',
  title: 'Count words',
  description: 'Counts the words of a text file of the workspace. Use it where the number has to be exact.',
  input: z.object({ path: z.string().describe('Path of the file, from the workspace') }),
  annotations: { readOnlyHint: true },
  async run({ path }, { workspace, signal }) {
    const file = resolve(workspace, path);
    if (!file.startsWith(workspace + sep)) throw new Error(`${path} is not in the workspace`);
    const text = await readFile(file, { encoding: 'utf8', signal });
    return { path, words: text.split(/\s+/).filter((word) => word !== '').length };
  },
});

export const plugin = definePlugin({ tools: [countWords] });
