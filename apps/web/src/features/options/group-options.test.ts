import type { ExplainedOption } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { fitsSearch, groupOptions } from './group-options.ts';

const option = (name: string, fields: Partial<ExplainedOption> = {}): ExplainedOption => ({
  ...{ name, is_set: true, value: null, from: 'platform', names: [], reason: '' },
  ...fields,
});

test('groups options, those with a label first, and keeps an unknown one', () => {
  const groups = groupOptions(['fallbackModel', 'model', 'aNewOption', 'cwd', 'tools'].map((name) => option(name)));
  expect(groups.map(({ group, options }) => [group, options.map(({ name }) => name)])).toEqual([
    ['model', ['model', 'fallbackModel']],
    ['tools', ['tools']],
    ['process', ['cwd', 'aNewOption']],
  ]);
});

test('finds an option by its label, its origin, its plugins and its value', () => {
  const servers = option('mcpServers', { from: 'plugin', names: ['weather'], value: [{ name: 'almanac' }] });
  for (const search of ['', 'mcp SERVERS', 'from a plugin', 'weather almanac'])
    expect(fitsSearch(servers, search), search).toBe(true);
  expect(fitsSearch(servers, 'weather nothing')).toBe(false);
});
