import { describe, expect, it } from 'vitest';

import { ConfigError, loadConfig } from './load-config.ts';
import { listConfigVariables } from './schema.ts';

describe('loadConfig', () => {
  it('serves the demo model on loopback when nothing is set', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4600, upstream: { kind: 'demo' } });
  });

  it('takes a key without a base URL to the public API', () => {
    expect(loadConfig({ ANTHROPIC_API_KEY: 'sk-test' }).upstream).toEqual({
      kind: 'api',
      baseUrl: 'https://api.anthropic.com',
      apiKey: 'sk-test',
    });
  });

  it('names every wrong variable at once and never shows a value', () => {
    const load = () => loadConfig({ CLAUDE_SDK_PATTERN_PORT: 'http', CLAUDE_SDK_PATTERN_SECRETS_KEY: 'hunter2' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/CLAUDE_SDK_PATTERN_PORT[\s\S]*CLAUDE_SDK_PATTERN_SECRETS_KEY/);
    expect(load).not.toThrow(/hunter2/);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });
});

it('documents every variable', () => {
  expect(listConfigVariables().every((variable) => variable.description.endsWith('.'))).toBe(true);
});
