import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { judgeAudit } from './advisories/judge-audit.ts';

/** What the registry answers to npm. */
let answer: (response: ServerResponse) => void;
const registry = createServer((request, response) => {
  if (request.url?.endsWith('/advisories/bulk')) return answer(response);
  response.writeHead(404).end('{}');
}).listen(0, '127.0.0.1');
await once(registry, 'listening');
afterAll(() => registry.close());
/** npm remembers advisories by their number. */
let number = 0;
let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'csp-npm-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

/** Runs the check as `npm run check` does, with the real npm. */
function check(): Promise<{ code: number; text: string }> {
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  const env = { ...process.env, npm_config_registry: url, npm_config_cache: cache };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'check-advisories.ts')], { env }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout }),
    );
  });
}

const advise = (severity: string) => (response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end(
    JSON.stringify({
      fastify: [
        { id: (number += 1), url: 'https://advisories.example/1', title: 'A hole', severity, vulnerable_versions: '*' },
      ],
    }),
  );

it('fails at an advisory of severity high, and names it', async () => {
  answer = advise('high');
  const { code, text } = await check();
  expect(code).toBe(1);
  expect(text).toMatch(/^fastify .*high.*A hole https:\/\/advisories.example\/1$/m);
});

it('passes below that', async () => {
  answer = advise('moderate');
  expect(await check()).toEqual({ code: 0, text: expect.stringMatching(/^no severe advisory; [1-9]/) });
});

it('says that it was skipped where the registry keeps no advisories', async () => {
  answer = (response) => response.writeHead(405).end();
  expect(await check()).toEqual({ code: 0, text: expect.stringMatching(/^SKIPPED: .* 405 /) });
});

it('says so too when npm gives no report, or none in time', () => {
  for (const output of [undefined, '', 'npm error', '{}'])
    expect(judgeAudit(output)).toEqual({ fails: false, text: expect.stringMatching(/^SKIPPED: /) });
});
