import { expect, it } from 'vitest';

import { toMcpServerIdentity } from './mcp-server-identity.ts';
import type { StdioMcpServer } from './mcp-server-spec.ts';

const toStdio = (dir: string, changes: Partial<StdioMcpServer> = {}): StdioMcpServer => ({
  ...{ name: 'docs', plugin: 'first', transport: 'stdio', command: 'node', args: [`${dir}/server.mjs`], env: {} },
  ...{ readableDirs: [dir], ...changes },
});

it('is the same for each version of a plugin, and another for each plugin, command and address', () => {
  const identity = toMcpServerIdentity(toStdio('/content/one'));
  expect(toMcpServerIdentity(toStdio('/content/two', { env: { LEVEL: 'high' } }))).toBe(identity);
  const { plugin: _, ...bare } = toStdio('/content/one');
  const others = [
    toStdio('/content/one', { plugin: 'second' }),
    toStdio('/content/one', { args: ['/content/one/other.mjs'] }),
    bare,
    ...(['http', 'sse'] as const).map((transport) => ({ name: 'docs', transport, url: 'https://a.example/mcp' })),
    { name: 'docs', transport: 'http' as const, url: 'https://b.example/mcp' },
    { name: 'docs', plugin: 'first', transport: 'in_process' as const, env: {} },
  ];
  const all = [identity, ...others.map((server) => toMcpServerIdentity(server))];
  expect(new Set(all).size).toBe(all.length);
});
