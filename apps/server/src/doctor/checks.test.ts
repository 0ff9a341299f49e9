import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkAddress, checkSingleSignOn } from './check-access.ts';
import { checkCli } from './check-cli.ts';
import { checkNode } from './check-node.ts';
import { checkDisk, checkMemory } from './check-resources.ts';
import { loadConfig, type Config } from '../config/load-config.ts';
import { checkSandbox } from './check-sandbox.ts';
import { checkUpstreams } from './check-upstream.ts';

const GIB = 1024 ** 3;

describe('checkNode', () => {
  it('accepts a Node that runs TypeScript as it is', () => {
    expect(checkNode('v24.21.0').status).toBe('ok');
    expect(checkNode('v22.18.0').status).toBe('ok');
  });

  it('refuses an older one and says how to get the pinned one', () => {
    expect(checkNode('v22.17.1')).toMatchObject({ status: 'failed', remedy: expect.stringContaining('npm start') });
    expect(checkNode('v20.20.2').status).toBe('failed');
  });
});

describe('checkCli', () => {
  it('runs the binary that the Agent SDK brought', async () => {
    expect(await checkCli()).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^\d+\.\d+\.\d+ at \//) });
  });

  it('says what to install when the binary is missing or does not run', async () => {
    expect(await checkCli('/nonexistent/claude')).toMatchObject({
      status: 'failed',
      detail: '/nonexistent/claude is not installed',
      remedy: expect.stringContaining('npm ci'),
    });
    expect((await checkCli('/bin/false')).status).toBe('failed');
  });
});

describe('checkAddress', () => {
  it.each([
    ['127.0.0.1', undefined, 'ok'],
    ['localhost', undefined, 'ok'],
    ['::1', undefined, 'ok'],
    ['0.0.0.0', undefined, 'warning'],
    ['::', 'http://agents.example.com', 'warning'],
    ['10.0.0.7', 'https://agents.example.com', 'ok'],
  ])('of %s with the public URL %s is: %s', (host, publicUrl, status) => {
    expect(checkAddress({ host, publicUrl }).status).toBe(status);
  });
});

describe('checkSingleSignOn', () => {
  it('says nothing without a provider, and names one that does not answer or is another', async () => {
    const publicUrl = 'https://agents.example.com';
    expect(await checkSingleSignOn({ oidcIssuer: undefined, publicUrl })).toBeUndefined();
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ issuer: 'https://other.example.com', jwks_uri: 'https://other.example.com/keys' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const oidcIssuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await checkSingleSignOn({ oidcIssuer, publicUrl })).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('other.example.com'),
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect((await checkSingleSignOn({ oidcIssuer, publicUrl }))?.status).toBe('failed');
  });
});

describe('checkUpstreams', () => {
  it('says plainly that the demo model answers', async () => {
    expect(await checkUpstreams({ kind: 'demo' })).toMatchObject([
      {
        status: 'warning',
        detail: expect.stringContaining('demo model'),
        remedy: expect.stringContaining('ANTHROPIC_API_KEY'),
      },
    ]);
  });

  it('takes any HTTP answer as reachable and never sends the key', async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const check = (value: string | undefined) => {
      const first = { name: 'first', baseUrl, key: { from: 'environment', value }, models: null } as const;
      const second = { ...first, name: 'second', key: { from: 'secret', name: 'SECOND' } } as const;
      return checkUpstreams({ kind: 'api', upstreams: [first, second] });
    };
    expect((await check('sk-secret')).map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect((await check(undefined)).map(({ status }) => status)).toEqual(['warning', 'ok']);
    expect(JSON.stringify(seen)).not.toContain('sk-secret');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));

    const failed = { status: 'failed', detail: expect.stringContaining('ECONNREFUSED') };
    expect(await check('sk-secret')).toMatchObject([failed, failed]);
  });
});

describe('checkSandbox', () => {
  const settings = (launcher: Config['launcher'], agentNetwork: Config['agentNetwork'] = 'unrestricted') => ({
    ...loadConfig({}),
    launcher,
    agentNetwork,
  });
  const missing = {
    platform: 'linux' as const,
    findProblem: () => Promise.resolve('bubblewrap (bwrap) is not installed'),
    run: () => Promise.resolve({ ok: false as const, reason: 'is not installed' }),
  };
  const working = {
    platform: 'linux' as const,
    findProblem: () => Promise.resolve(undefined),
    run: () => Promise.resolve({ ok: true as const, output: '' }),
  };

  it('names the package of each missing tool', async () => {
    const results = await checkSandbox(settings('auto'), missing);
    expect(results.map((one) => [one.name, one.status])).toEqual([
      ['Sandbox', 'warning'],
      ['socat', 'warning'],
    ]);
    expect(results[0]?.remedy).toContain('apt-get install bubblewrap');
    expect(results[1]?.remedy).toContain('apt-get install socat');
  });

  it('fails where the configuration insists on bubblewrap', async () => {
    expect((await checkSandbox(settings('bubblewrap'), missing))[0]?.status).toBe('failed');
    expect((await checkSandbox(settings('bubblewrap'), working))[0]?.status).toBe('ok');
  });

  it('says that agents are not confined where the configuration says so', async () => {
    expect((await checkSandbox(settings('local'), working))[0]).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('all rights'),
    });
  });

  it('fails where limited networking cannot be had', async () => {
    expect((await checkSandbox(settings('auto', 'limited'), missing))[0]?.status).toBe('failed');
    expect((await checkSandbox(settings('local', 'limited'), working))[0]?.status).toBe('failed');
    expect((await checkSandbox(settings('auto', 'limited'), working))[0]).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('limited'),
    });
  });

  it('points at the kernel when bubblewrap is there and may not make namespaces', async () => {
    const findProblem = () => Promise.resolve('bubblewrap does not work here: No permissions');
    expect(
      (await checkSandbox(settings('auto'), { ...missing, findProblem, inContainer: false }))[0]?.remedy,
    ).toContain('sysctl');
    const [inContainer] = await checkSandbox(settings('auto'), { ...missing, findProblem, inContainer: true });
    expect(inContainer?.remedy).toContain('--security-opt seccomp=deploy/seccomp.json');
  });

  it('says that other systems have none', async () => {
    expect((await checkSandbox(settings('auto'), { ...missing, platform: 'darwin' }))[0]?.remedy).toContain('on Linux');
  });
});

describe('checkMemory', () => {
  it('counts how many live sessions fit', () => {
    expect(checkMemory(10, { freeBytes: 4 * GIB, totalBytes: 8 * GIB })).toMatchObject({
      status: 'ok',
      detail: '4.0 GiB free of 8.0 GiB, enough for about 20 live sessions',
    });
  });

  it('names the setting to lower when fewer fit than allowed', () => {
    expect(checkMemory(10, { freeBytes: GIB, totalBytes: 8 * GIB })).toMatchObject({
      status: 'warning',
      remedy: expect.stringContaining('from 10 to 5'),
    });
    expect(checkMemory(10, { freeBytes: 0, totalBytes: GIB }).status).toBe('failed');
  });
});

describe('checkDisk', () => {
  it('measures the nearest folder that exists', async () => {
    expect(await checkDisk('DIR', '/tmp/not/there/yet')).toMatchObject({
      detail: expect.stringContaining('free for /tmp/not/there/yet'),
    });
  });
});
