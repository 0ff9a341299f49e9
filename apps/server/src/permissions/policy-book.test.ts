import { pino } from 'pino';
import { expect, it, vi } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import type { Fact } from '../audit/fact.ts';
import { openStore } from '../store/open-store.ts';
import { PolicyBook } from './policy-book.ts';
import { toRuledCall } from './rules/to-ruled-call.ts';

const logger = pino({ level: 'silent' });
const admin = toTestActor('user_1', 'admin');
const facts: Fact[] = [];
const audit = { record: async (fact: Fact) => void facts.push(fact) };
const FOLDERS = { workspaceDir: '/no/workspace', workingDir: '/no/workspace', homeDir: '/no/home' };
const bash = () =>
  toRuledCall({ toolName: 'Bash', input: { command: 'ls' }, paths: [], readsOnly: () => false }, FOLDERS);
const denyBash = [{ effect: 'deny' as const, rule: 'Bash' }];

it('is in force on every server that shares the store within 2 s', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const [one, other] = [new PolicyBook({ store, audit, logger }), new PolicyBook({ store, audit, logger })];
  await other.start();
  expect(await one.replace(admin, { version: 0, rules: denyBash })).toEqual({
    version: 1,
    rules: denyBash,
    never_ask: [],
  });
  expect(one.current.rules.evaluate(bash(), 'user')?.effect).toBe('deny');
  expect(other.current.policy.version).toBe(0);
  await vi.waitFor(() => expect(other.current.policy.version).toBe(1), { timeout: 2000, interval: 20 });
  expect(other.current.rules.evaluate(bash(), 'user')?.effect).toBe('deny');
  await expect(other.replace(admin, { version: 0, rules: [] })).rejects.toMatchObject({ code: 'state_conflict' });
  other.close();
  expect(facts).toMatchObject([
    { action: 'policy.update', actor: { id: 'user_1' }, details: { version: 1, rules: 1 } },
  ]);
});

it('asks about what a rule of another version may deny, and does not allow what one may allow', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const later = (effect: string) => ({ effect, rule: 'Tool[later]' });
  await store.settings.set('policy', { version: 7, rules: [later('deny'), later('allow')], never_ask: [] });
  const book = new PolicyBook({ store, audit, logger });
  await book.start();
  expect(book.current.rules.evaluate(bash(), 'user')?.effect).toBe('ask');
  book.close();
});
