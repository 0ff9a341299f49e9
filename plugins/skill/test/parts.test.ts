import { join } from 'node:path';

import { validatePlugin } from '@claude-sdk-pattern/server/validate-plugin';
import { expect, it } from 'vitest';

it('is taken without a problem', async () => {
  const { parts, problems } = await validatePlugin(join(import.meta.dirname, '..'), { isArchive: false });
  expect(parts.map(({ kind, name }) => ({ kind, name }))).toEqual([{ kind: 'skill', name: 'release-notes' }]);
  expect(problems).toEqual([]);
});
