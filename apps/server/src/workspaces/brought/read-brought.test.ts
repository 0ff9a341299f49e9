import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { readBrought } from './read-brought.ts';
import { readInstructions } from './read-instructions.ts';

it('looks at nothing outside of the workspace, wherever a link of the agent leads', async () => {
  await using outside = await createWorkspaceDir();
  await using workspace = await createWorkspaceDir();
  await mkdir(join(outside.path, 'rules'));
  // So many that the review would tell of them.
  await Promise.all(Array.from({ length: 501 }, (_, at) => writeFile(join(outside.path, `${at}.md`), '')));
  await symlink(outside.path, join(workspace.path, '.claude'));
  expect(await readBrought(workspace.path, '')).toBeUndefined();
  expect(await readInstructions(workspace.path, '')).toBeUndefined();
});
