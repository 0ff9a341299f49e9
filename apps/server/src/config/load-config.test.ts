import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ConfigError, loadConfig } from './load-config.ts';
import { listConfigVariables } from './schema.ts';
import { toModelKeys } from './upstream-settings.ts';

describe('loadConfig', () => {
  it('serves the demo model on loopback when nothing is set', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4600, upstream: { kind: 'demo' } });
  });

  it('takes a key without a base URL to the public API', () => {
    const key = { from: 'environment', value: 'sk-test' };
    expect(loadConfig({ ANTHROPIC_API_KEY: 'sk-test' }).upstream).toEqual({
      kind: 'api',
      upstreams: [{ name: 'default', baseUrl: 'https://api.anthropic.com', key, models: null }],
    });
  });

  it('names each secret that keys of upstreams come from once, and none for other keys', () => {
    const of = (name: string, key: object) => ({ name, base_url: `https://${name}.example.com`, ...key });
    const list = [
      of('a', { key_secret: 'TEAM_KEY' }),
      of('b', { key_variable: 'B' }),
      of('c', { key_secret: 'TEAM_KEY' }),
    ];
    const { upstream } = loadConfig({ B: 'x', CLAUDE_SDK_PATTERN_UPSTREAMS: JSON.stringify(list) });
    expect(toModelKeys(upstream)).toEqual([{ secret: 'TEAM_KEY', upstreams: ['a', 'c'] }]);
    expect(toModelKeys(loadConfig({}).upstream)).toEqual([]);
  });

  it('takes more upstreams in their order, with keys from variables and secrets', () => {
    const west = { name: 'west', base_url: 'https://west.example.com', key_variable: 'WEST_KEY', models: ['claude-*'] };
    const load = (environment: Record<string, string>, name = 'east') => {
      const list = [west, { name, base_url: 'https://east.example.com', key_secret: 'EAST_KEY' }];
      return loadConfig({ CLAUDE_SDK_PATTERN_UPSTREAMS: JSON.stringify(list), ...environment }).upstream;
    };
    expect(load({ WEST_KEY: 'sk-west' })).toMatchObject({
      upstreams: [
        { name: 'west', key: { from: 'environment', value: 'sk-west' }, models: ['claude-*'] },
        { name: 'east', key: { from: 'secret', name: 'EAST_KEY' }, models: null },
      ],
    });
    expect(load({ WEST_KEY: 'sk-west', ANTHROPIC_BASE_URL: 'https://first.example.com' })).toMatchObject({
      upstreams: [{ name: 'default' }, { name: 'west' }, { name: 'east' }],
    });
    expect(() => load({})).toThrow('west: WEST_KEY is not set');
    const both = { WEST_KEY: 'sk-west', ANTHROPIC_API_KEY: 'sk-first' };
    const cloud = { CLAUDE_SDK_PATTERN_UPSTREAMS: '[{"name":"aws","type":"bedrock","region":"eu-west-1"}]' };
    expect(loadConfig(cloud).upstream).toMatchObject({
      upstreams: [{ name: 'aws', baseUrl: undefined, cloud: { kind: 'bedrock', region: 'eu-west-1', modelIds: {} } }],
    });
    for (const [entry, problem] of [
      ['{"name":"a"}', 'has no base_url'],
      ['{"name":"a","type":"vertex"}', 'has no region'],
      ['{"name":"a","base_url":"https://a.example","region":"eu"}', 'go with the types bedrock and vertex'],
    ] as const) {
      expect(() => loadConfig({ CLAUDE_SDK_PATTERN_UPSTREAMS: `[${entry}]` })).toThrow(problem);
    }
    expect(() => load(both, 'default')).toThrow('default is the upstream of');
    expect(() => load(both, 'west')).toThrow('a name twice');
  });

  it('names every wrong variable at once and never shows a value', () => {
    const load = () => loadConfig({ CLAUDE_SDK_PATTERN_PORT: 'http', CLAUDE_SDK_PATTERN_SECRETS_KEY: 'hunter2' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/CLAUDE_SDK_PATTERN_PORT[\s\S]*CLAUDE_SDK_PATTERN_SECRETS_KEY/);
    expect(load).not.toThrow(/hunter2/);
  });

  it('takes a public address at the root or below a path that is none of the server’s own', () => {
    const load = (url: string) => loadConfig({ CLAUDE_SDK_PATTERN_PUBLIC_URL: url }).publicUrl;
    expect(load('https://agents.example.com/')).toBe('https://agents.example.com');
    expect(load('https://example.com/team/agents-2/')).toBe('https://example.com/team/agents-2');
    expect(load('https://example.com/apiary')).toBe('https://example.com/apiary');
    for (const url of ['/v1', '/api/x', '/a//b', '/a%20b', '/a"b', '/.well-known', '/a?b', '/a#b'])
      expect(() => load(`https://example.com${url}`), url).toThrow(/PUBLIC_URL: takes an address such as/);
  });

  it('reads a value from the file that NAME_FILE names, and says which file it cannot read', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'csp-config-'));
    const file = join(folder.path, 'key');
    await writeFile(file, 'sk-from-a-file\n');
    expect(loadConfig({ ANTHROPIC_API_KEY_FILE: file }).upstream).toMatchObject({
      upstreams: [{ key: { from: 'environment', value: 'sk-from-a-file' } }],
    });
    const missing = () => loadConfig({ CLAUDE_SDK_PATTERN_DATABASE_URL_FILE: `${file}.missing` });
    expect(missing).toThrow(`CLAUDE_SDK_PATTERN_DATABASE_URL_FILE: cannot be read (ENOENT): ${file}.missing`);
    const both = () => loadConfig({ ANTHROPIC_API_KEY_FILE: file, ANTHROPIC_API_KEY: 'sk-test' });
    expect(both).toThrow('ANTHROPIC_API_KEY_FILE: ANTHROPIC_API_KEY is set as well');
    expect(both).not.toThrow(/sk-/);
    expect(loadConfig({ CLAUDE_SDK_PATTERN_PRICES_FILE: '/etc/prices.yaml' }).pricesFile).toBe('/etc/prices.yaml');
  });

  it('refuses a bootstrap key that could be guessed, and says how to make a good one', () => {
    const load = (key: string) => loadConfig({ CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: key }).bootstrapApiKey;
    expect(() => load('k'.repeat(23))).toThrow(/BOOTSTRAP_API_KEY: needs at least 24 characters.*openssl rand/);
    expect(load('k'.repeat(24))).toBe('k'.repeat(24));
    expect(load('')).toBeUndefined();
  });

  it('takes a webhook only with a secret of Standard Webhooks, and two while the secret changes', () => {
    const [old, next] = [24, 64].map((bytes) => `whsec_${Buffer.alloc(bytes, 251).toString('base64')}`);
    const load = (secret: string) =>
      loadConfig({
        CLAUDE_SDK_PATTERN_WEBHOOK_URL: 'http://10.0.0.5:8080/hook',
        CLAUDE_SDK_PATTERN_WEBHOOK_SECRET: secret,
      }).webhookSecret;
    expect(load(`${next} ${old}`)).toEqual([next, old]);
    expect(() => load('')).toThrow(/WEBHOOK_SECRET: is missing.*openssl rand/);
    for (const bad of ['hunter2', `whsec_${Buffer.alloc(20).toString('base64')}`, `${old} hunter2`]) {
      expect(() => load(bad), bad).toThrow(/WEBHOOK_SECRET: takes whsec_/);
      expect(() => load(bad), bad).not.toThrow(/hunter2/);
    }
  });

  it.each(['127.0.0.1', '10.0.0.0/8, ::1', 'loopback,fd00::/8', ' 192.0.2.1 , '])('trusts the proxies %j', (text) => {
    const { trustedProxies } = loadConfig({ CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: text });
    expect(trustedProxies).toEqual(text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()])));
  });

  it.each(['true', '1', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '*'])('refuses the proxies %j', (text) => {
    expect(() => loadConfig({ CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: text })).toThrow(/TRUSTED_PROXIES/);
  });

  it('switches passwords off only where people can sign in otherwise', () => {
    const load = (more: Record<string, string>) =>
      loadConfig({ CLAUDE_SDK_PATTERN_PASSWORD_SIGN_IN: 'off', ...more }).passwordSignIn;
    const oidc = {
      CLAUDE_SDK_PATTERN_OIDC_ISSUER: 'https://id.example.com',
      CLAUDE_SDK_PATTERN_OIDC_CLIENT_ID: 'csp',
    };
    const toAddress = (url: string) => ({ CLAUDE_SDK_PATTERN_HOST: '0.0.0.0', CLAUDE_SDK_PATTERN_PUBLIC_URL: url });
    for (const more of [{}, toAddress('https://agents.example.com'), { ...toAddress('http://10.0.0.5'), ...oidc }])
      expect(load(more)).toBe('off');
    for (const more of [toAddress(''), toAddress('http://10.0.0.5'), toAddress('http://agents.example.com')])
      expect(() => load(more)).toThrow(/PASSWORD_SIGN_IN: off leaves nobody a way to sign in/);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });
});

it('documents every variable', () => {
  expect(listConfigVariables().every((variable) => variable.description.endsWith('.'))).toBe(true);
});
