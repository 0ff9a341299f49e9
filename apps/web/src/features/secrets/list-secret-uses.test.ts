import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { listMissing, listSecretUses } from './list-secret-uses.ts';

const nothing = { hooks: [], hosts: [], secrets: [], permissions: [] };

function plugin(name: string, fields: Partial<PluginResource>): PluginResource {
  const base = { name, display_name: name, requires: nothing, granted: null, pending: null, configuration: null };
  return { ...base, ...fields } as unknown as PluginResource;
}

test('lists what plugins ask for in manifest, configuration and waiting update, and what of it is not set', () => {
  const uses = listSecretUses([
    plugin('maps', {
      ...{ requires: { ...nothing, secrets: ['MAPS', 'SHARED'] }, granted: { ...nothing, secrets: ['SHARED'] } },
      configuration: { key: '${secret:a.b-c}', text: '${OTHER}' },
    }),
    plugin('docs', {
      pending: { requires: { ...nothing, secrets: ['SHARED', 'NEW'] } } as unknown as PluginResource['pending'],
    }),
  ]);
  expect(Object.fromEntries(uses)).toEqual({
    MAPS: [{ plugin: 'maps', title: 'maps', isGranted: false }],
    SHARED: [
      { plugin: 'maps', title: 'maps', isGranted: true },
      { plugin: 'docs', title: 'docs', isGranted: false },
    ],
    'a.b-c': [{ plugin: 'maps', title: 'maps', isGranted: false }],
    NEW: [{ plugin: 'docs', title: 'docs', isGranted: false }],
  });
  expect(listMissing(uses, [{ name: 'SHARED' }, { name: 'UNUSED' }])).toEqual(['MAPS', 'NEW', 'a.b-c']);
});
