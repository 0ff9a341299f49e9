import { expect, it, vi } from 'vitest';

import { ActivePlugins } from './active-plugins.ts';
import type { ActivePlugin } from './plugin-set.ts';

function toPlugin(name: string, changes: Partial<ActivePlugin> = {}): ActivePlugin {
  return {
    ...{ name, version: null, digest: 'a', dir: null, contentDir: null, manifest: { name }, mcpServers: {}, parts: [] },
    granted: { hooks: [], hosts: [], secrets: [], permissions: [] },
    ...{ configuration: {}, trusted: false },
    ...changes,
  };
}

it('has the plugins by name, and another fingerprint after each change that a process would notice', () => {
  const plugins = new ActivePlugins();
  const seen = new Set([plugins.fingerprint]);
  const heard = vi.fn<() => void>();
  const stop = plugins.onChanged(heard);
  const granted = { hooks: ['Stop'], hosts: [], secrets: [], permissions: [] };
  for (const change of [{}, { digest: 'b' }, { granted }, { configuration: { url: 'x' } }, { trusted: true }]) {
    plugins.replace([toPlugin('b'), toPlugin('a', change)]);
    seen.add(plugins.fingerprint);
  }
  expect(plugins.current.map(({ name }) => name)).toEqual(['a', 'b']);
  expect([seen.size, heard.mock.calls.length]).toEqual([6, 5]);

  stop();
  plugins.replace([]);
  expect(plugins.fingerprint).toBe(new ActivePlugins().fingerprint);
  expect(heard).toHaveBeenCalledTimes(5);
});

it('tells nobody of the same plugins in another order', () => {
  const plugins = new ActivePlugins();
  plugins.replace([toPlugin('a'), toPlugin('b')]);
  const heard = vi.fn<() => void>();
  plugins.onChanged(heard);
  plugins.replace([toPlugin('b'), toPlugin('a')]);
  expect(heard).not.toHaveBeenCalled();
});
