import { expect, it } from 'vitest';

import { completeOptions, type AgentStart } from './build-options.ts';
import { toDefaultProfileSettings } from './default-settings.ts';
import { OPTION_SOURCES, type OptionSource, type ProcessOptions } from './option-sources.ts';
import { toSessionDirs } from '../../workspaces/session-dirs.ts';

const fresh: AgentStart = {
  dirs: toSessionDirs('/data', 'session'),
  environment: {},
  agentSessionId: 'session',
  resume: false,
  model: undefined,
  planMode: false,
  settings: toDefaultProfileSettings(),
};

const plugin = {
  name: 'greeter',
  displayName: 'Greeter',
  version: '1.0.0',
  digest: 'd',
  path: '/served/greeter',
  hooks: ['Stop'],
  handlers: [],
  permissions: [],
};

const ofProcess: ProcessOptions = {
  canUseTool: () => Promise.reject(new Error('There is no agent')),
  hooks: {},
  mcpServers: {},
  sessionStore: { append: () => Promise.resolve(), load: () => Promise.resolve(null) },
  spawnClaudeCodeProcess: () => {
    throw new Error('There is no host');
  },
};

it('sets exactly the options that are listed as set', () => {
  const starts = [
    fresh,
    { ...fresh, resume: true, ownFolders: ['/srv/work'] },
    { ...fresh, model: 'opus', settings: { ...fresh.settings, effort: 'high' as const, plugins: [plugin] } },
  ];
  const set = new Set(starts.flatMap((start) => Object.keys(completeOptions(start, ofProcess))));
  const sources: [string, OptionSource][] = Object.entries(OPTION_SOURCES);
  const listed = sources.filter(([, { setBy }]) => setBy !== 'unset').map(([name]) => name);
  expect([...set].toSorted()).toEqual(listed.toSorted());
});
