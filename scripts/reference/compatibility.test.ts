import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import Anthropic from '@anthropic-ai/sdk';
import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { METHODS, findCompatibility, renderCompatibility } from './compatibility.ts';
import { readSdk } from './read-sdk.ts';
import { walkSdk } from './walk-sdk.ts';

const PAGE = join(import.meta.dirname, '../../docs/reference/managed-agents-compatibility.md');
/** These work on the client's side, or send only once somebody reads from what they return. */
const SENDS_NOTHING = /^webhooks\.|\.(worker|poller|toolRunner)$|^messages\.(stream|parse|thread)$/;

it('says of every method of the installed SDK how this server answers; npm run reference writes the page', async () => {
  const { methods, version } = readSdk();
  expect(await readFile(PAGE, 'utf8')).toBe(renderCompatibility(methods, version));
  expect(Object.keys(METHODS).filter((name) => !methods.includes(name))).toEqual([]);
});

it('answers what it does not have with a 404 or 400 in the envelope', async () => {
  await using server = await startServer();
  const answers: { status: number; body: unknown }[] = [];
  const client = new Anthropic({
    baseURL: server.url,
    apiKey: server.apiKey,
    maxRetries: 0,
    async fetch(url, init) {
      const response = await fetch(url, init);
      answers.push({ status: response.status, body: await response.clone().json() });
      return response;
    },
  });
  const missing = walkSdk(client.beta).filter(
    ({ name }) => findCompatibility(name).state === 'not yet' && !SENDS_NOTHING.test(name),
  );
  // Every id that a path may want; whatever else is in it makes no difference to a path that is not there.
  const everyId = new Proxy<Record<string, unknown>>({ betas: [] }, { get: (known, key) => known[String(key)] ?? 'x' });
  const surprises: unknown[] = [];
  for (const { name, call } of missing) {
    const before = answers.length;
    // With an id in the path first, or without one.
    for (const parameters of [['x', everyId, {}], [everyId]]) {
      if (answers.length === before) await attempt(() => call(...parameters));
    }
    const answer = answers[before];
    const isRefusal = answer !== undefined && [400, 404].includes(answer.status);
    const isEnvelope = JSON.stringify(answer?.body ?? null).startsWith('{"type":"error","error":{"type":"');
    if (!isRefusal || !isEnvelope) surprises.push({ name, answer });
  }
  expect(missing.length).toBeGreaterThan(100);
  expect(surprises).toEqual([]);
});

/** What it throws says nothing: the answer was recorded on the way. */
async function attempt(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    // See above.
  }
}
