import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';

import { NO_CALL_USAGE } from './call-usage.ts';
import type { MeteredRequest } from './metered-request.ts';
import { openUsageSpool } from './usage-spool.ts';

const dir = mkdtempSync(join(tmpdir(), 'csp-spool-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let count = 0;
const newPath = () => join(dir, `${(count += 1)}.jsonl`);
const open = (path: string) => openUsageSpool({ path, logger: pino({ level: 'silent' }) });
const toRequest = (id: string, outputTokens: number): MeteredRequest => ({
  id,
  holder: { sessionId: 'sesn_1', ownerId: 'user_1', agentId: 'agent_1' },
  usage: { ...NO_CALL_USAGE, model: 'opus', outputTokens },
  cost: { microUsd: outputTokens, priceVersion: 'list-1' },
  cause: 'agent',
  statusCode: 200,
  durationMs: 1,
});

it('gives back the last note of each call that nobody forgot, also of two that die in a row', () => {
  const path = newPath();
  const first = open(path);
  first.note(toRequest('one', 1));
  first.note(toRequest('one', 2));
  first.note(toRequest('two', 3));
  first.forget(['two']);
  // Killed: nobody closes it, and its last line is cut.
  appendFileSync(path, '{"id":"cut","usa');
  const second = open(path);
  expect(second.left.map(({ id, usage }) => [id, usage.outputTokens])).toEqual([
    ['one', 2],
    ['two', 3],
  ]);
  expect(second.left[0]).toEqual(JSON.parse(JSON.stringify(toRequest('one', 2))));
  second.note(toRequest('three', 4));
  expect(open(path).left.map(({ id }) => id)).toEqual(['one', 'two', 'three']);
});

it('is empty when the database has everything, and small when it has most', () => {
  const path = newPath();
  const spool = open(path);
  spool.note(toRequest('open', 1));
  for (let index = 0; index < 5000; index += 1) {
    spool.note(toRequest(`call-${index}`, index));
    spool.forget([`call-${index}`]);
  }
  expect(statSync(path).size).toBeLessThan(1024 * 1024 + 1000);
  expect(readFileSync(path, 'utf8')).toContain('"id":"open"');
  spool.forget(['open']);
  expect(readFileSync(path, 'utf8')).toBe('');
  spool.note(toRequest('next', 1));
  expect(open(path).left.map(({ id }) => id)).toEqual(['next']);
});

it('passes over what is no note', () => {
  const path = newPath();
  writeFileSync(path, 'garbage\n\n{"x":\n');
  expect(open(path).left).toEqual([]);
});
