import { expect, it } from 'vitest';

import { toSessionDirs } from '../../workspaces/session-dirs.ts';
import { toDefaultProfileSettings } from './default-settings.ts';
import { explainOptions } from './explain-options.ts';
import { OPTION_SOURCES } from './option-sources.ts';

const settings = toDefaultProfileSettings();
const SECRET = 'sk-do-not-tell';

function explain() {
  const server = { transport: 'http' as const, plugin: 'alpha', headers: { authorization: SECRET } };
  return explainOptions({
    start: {
      ...{ dirs: toSessionDirs('/data', 'session'), environment: { ANTHROPIC_API_KEY: SECRET } },
      ...{ agentSessionId: 'session', resume: true, model: 'opus', planMode: false },
      settings: {
        ...settings,
        mcpServers: [
          { ...server, name: 'docs', url: `https://docs.example/${SECRET}?key=${SECRET}` },
          {
            ...{ name: 'shelf', transport: 'stdio', command: 'node', args: [SECRET], env: { KEY: SECRET } },
            ...{ readableDirs: [], plugin: 'alpha' },
          },
        ],
      },
    },
    ...{ plugins: [], sessionModel: 'opus', permissionMode: 'acceptEdits' },
  });
}

it('says of every option of the Agent SDK where it comes from, and tells no secret', () => {
  const { options } = explain();
  expect(options.map(({ name }) => name)).toEqual(Object.keys(OPTION_SOURCES));
  const find = (name: string) => options.find((option) => option.name === name);
  expect(find('model')).toMatchObject({ is_set: true, value: 'opus', from: 'session' });
  expect(find('mcpServers')).toMatchObject({ from: 'plugin', names: ['alpha'] });
  expect(find('env')).toMatchObject({ value: ['ANTHROPIC_API_KEY'] });
  expect(find('maxTurns')).toMatchObject({ is_set: false, value: null });
  expect(find('sessionId')).toMatchObject({ is_set: false });
  expect(JSON.stringify(options)).not.toContain(SECRET);
});
