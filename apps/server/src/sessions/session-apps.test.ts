import { CspError } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import type { Fact } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { AppCallVerdict, JudgedCall } from '../permissions/judge-app-call.ts';
import type { McpAppPage } from '../store/mcp-apps.ts';
import { createSessionApps, type SessionAppsDeps } from './session-apps.ts';

const actor = { userId: 'user_1', role: 'user' } as Actor;
const request = { sessionId: 'sesn_1', digest: 'd', signal: new AbortController().signal };

/** The apps of a session with one page, of a server `docs` that answers everything. */
function open(judge: (call: JudgedCall) => AppCallVerdict) {
  const page: McpAppPage = {
    server: 'docs',
    serverIdentity: 'first',
    html: '',
    connectOrigins: [],
    resourceOrigins: [],
  };
  const state = { identity: 'first', isShared: true, onCall: () => undefined as void };
  const facts: Fact[] = [];
  const calls = {
    offers: () => true,
    async call(tool: string) {
      state.onCall();
      return { content: [{ type: 'text', text: tool }] };
    },
    read: async (uri: string) => ({ contents: [{ uri, text: 'It says' }] }),
  };
  const live = {
    process: { state: 'live' },
    findAppCalls: () => calls,
    findServerIdentity: () => state.identity,
    judgeAppCall: async (_role: string, call: JudgedCall) => judge(call),
  };
  const deps = {
    store: { mcpApps: { find: async () => page } },
    audit: {
      async during(_intent: Fact, work: () => Promise<unknown>, toFacts: (result: unknown) => Fact[]) {
        const result = await work();
        facts.push(...toFacts(result));
        return result;
      },
    },
    access: {
      async get() {
        if (!state.isShared) throw new CspError('not_found', 'There is no such session');
        return { session: { archivedAt: null } };
      },
    },
    getLive: async () => live,
  } as unknown as SessionAppsDeps;
  return { apps: createSessionApps(deps), state, facts };
}

const allow: AppCallVerdict = { permission: 'allow', reason: 'A rule', isExplicit: false };
const ask: AppCallVerdict = { permission: 'ask', reason: 'Nothing allows it', isExplicit: false };

it('gives nobody the result of a call during which they lost the session', async () => {
  const { apps, state } = open(() => allow);
  const call = () => apps.call(actor, { ...request, tool: 'find', input: {} });
  expect(await call()).toMatchObject({ outcome: 'answered' });
  state.onCall = () => void (state.isShared = false);
  await expect(call()).rejects.toMatchObject({ code: 'not_found' });
});

it('lets a page ask only the server that brought it, whatever has its name by now', async () => {
  const { apps, state, facts } = open(() => allow);
  state.identity = 'second';
  await expect(apps.call(actor, { ...request, tool: 'find', input: {} })).rejects.toMatchObject({
    ...{ code: 'state_conflict', message: expect.stringContaining('not the one that brought this app') as string },
  });
  await expect(apps.read(actor, { ...request, uri: 'docs://x' })).rejects.toMatchObject({ code: 'state_conflict' });
  expect(facts).toEqual([]);
});

it('counts what a person has confirmed for this tool, input and reason alone', async () => {
  let verdict = ask;
  const { apps, facts } = open(() => verdict);
  const call = async (sum: number, confirmed?: string) => {
    const answer = await apps.call(actor, { ...request, tool: 'pay', input: { sum }, confirmed });
    return answer.confirmation ?? answer.outcome;
  };
  const asked = await call(1);
  if (typeof asked === 'string' || asked.for_app === null) throw new Error('It was not asked for');
  expect(await call(1, asked.once)).toBe('answered');
  expect(await call(2, asked.once)).toHaveProperty('once');
  expect(await call(2, asked.for_app)).toBe('answered');
  // A hook asks about this very call.
  verdict = { ...ask, isExplicit: true };
  const explicit = await call(2, asked.for_app);
  expect(explicit).toMatchObject({ for_app: null });
  expect(await call(2, asked.once)).toHaveProperty('once');
  expect(await call(2, (explicit as { once: string }).once)).toBe('answered');
  verdict = { ...verdict, reason: 'It is late' };
  expect(await call(2, (explicit as { once: string }).once)).toHaveProperty('once');
  expect(facts.map(({ action }) => action)).toEqual(['app.call', 'app.call', 'app.call']);
});

it('reads a resource that a rule or a hook asks about only for a person who confirms it, and tells the audit log', async () => {
  let verdict = ask;
  const { apps, facts } = open(({ toolName }) => (toolName === 'ReadMcpResourceTool' ? verdict : allow));
  const read = (confirmed?: string) => apps.read(actor, { ...request, uri: 'docs://x', confirmed });
  expect(await read()).toMatchObject({ outcome: 'answered' });
  verdict = { ...ask, reason: 'Asked for by a rule', isExplicit: true };
  const { outcome, confirmation } = await read();
  expect(outcome).toBe('needs_confirmation');
  expect(await read(confirmation?.once)).toMatchObject({ outcome: 'answered' });
  verdict = { permission: 'deny', reason: 'Nobody reads', isExplicit: false };
  await expect(read(confirmation?.once)).rejects.toMatchObject({ code: 'permission_denied' });
  expect(facts).toMatchObject([false, true].map((confirmed) => ({ action: 'app.read', details: { confirmed } })));
});
