import { setImmediate } from 'node:timers/promises';

import type { HookInput } from '@anthropic-ai/claude-agent-sdk';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { HookDispatcher, HANDLER_TIME_LIMIT_MS, type HookDispatcherDeps } from './hook-dispatcher.ts';
import type { DecidingHookHandler, HookHandler, HookVerdict, ObservingHookHandler } from './hook-handler.ts';
import type { PluginHook } from './plugin-hook.ts';
import type { SaidVerdict } from './strictest-verdict.ts';

const base = { session_id: 'transcript', transcript_path: '/t.jsonl', cwd: '/workspace' };
const toolCall: HookInput = {
  ...{ ...base, hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_use_id: 'toolu_1' },
  tool_input: { command: 'ls' },
};
const toolBatch: HookInput = { ...base, hook_event_name: 'PostToolBatch', tool_calls: [] };

/** A dispatcher whose time passes when the test says so. */
function createDispatcher(overrides: Partial<HookDispatcherDeps> = {}) {
  const due: { atMs: number; run: () => void }[] = [];
  let nowMs = 0;
  const logs: Record<string, unknown>[] = [];
  const verdicts: (SaidVerdict | undefined)[] = [];
  const hooks = new HookDispatcher({
    sessionId: 'sesn_1',
    logger: pino({ base: null }, { write: (line) => void logs.push(JSON.parse(line) as Record<string, unknown>) }),
    timers: {
      after(delayMs, run) {
        const timer = { atMs: nowMs + delayMs, run };
        due.push(timer);
        return () => void due.splice(due.indexOf(timer), 1);
      },
      every: () => {
        throw new Error('Nothing is repeated');
      },
    },
    onVerdict: (_call, verdict) => void verdicts.push(verdict),
    ...overrides,
  });
  const add = (...handlers: HookHandler[]) => {
    for (const handler of handlers) hooks.add(handler);
  };
  const abort = new AbortController();
  return {
    hooks,
    add,
    logs,
    /** What `onVerdict` heard. */
    verdicts,
    timers: due,
    /** As the SDK takes a hook call back. */
    takeBack: () => abort.abort(new Error('taken back')),
    /** Once all has happened that needs no time. */
    async pass(ms: number) {
      await setImmediate();
      nowMs += ms;
      for (const timer of due.filter(({ atMs }) => atMs <= nowMs)) timer.run();
    },
    call: (input: HookInput = toolCall) => hooks.onHook(input, 'toolu_1', { signal: abort.signal }),
  };
}

type Handle = DecidingHookHandler['handle'];
const decider = (name: string, handle: Handle, rest: Partial<DecidingHookHandler> = {}): DecidingHookHandler => ({
  ...{ event: 'PreToolUse', name, onFailure: 'deny', handle, ...rest },
});
const observer = (name: string, handle: ObservingHookHandler['handle']): ObservingHookHandler => ({
  ...{ event: 'PostToolBatch', name, onFailure: 'skip', handle },
});
const says = (permission: HookVerdict['permission'], reason: string) => () => ({ permission, reason });
const fails = () => {
  throw new Error('It broke');
};
const hangs: Handle = () => new Promise(() => {});
const toOutput = ({ permission, reason }: HookVerdict) => ({
  hookSpecificOutput: {
    ...{ hookEventName: 'PreToolUse', permissionDecision: permission, permissionDecisionReason: reason },
  },
});

describe('handlers', () => {
  it('run one after the other in the order of their addition, with the call and its session', async () => {
    const { add, call } = createDispatcher();
    const heard: unknown[] = [];
    const first = Promise.withResolvers<undefined>();
    add(
      decider('first', async (input, { sessionId, toolUseId }) => {
        heard.push(['first begins', input, sessionId, toolUseId]);
        await first.promise;
        heard.push('first ends');
        return undefined;
      }),
      decider('second', () => void heard.push('second')),
    );
    const answered = call();
    expect(heard).toEqual([['first begins', toolCall, 'sesn_1', 'toolu_1']]);
    first.resolve(undefined);
    expect(await answered).toEqual({});
    expect(heard.slice(1)).toEqual(['first ends', 'second']);
  });

  it('hear only of their own event', async () => {
    const { add, call, hooks } = createDispatcher();
    const heard: string[] = [];
    add(
      decider('same', () => void heard.push('decides')),
      observer('same', () => void heard.push('observes')),
    );
    await call(toolBatch);
    await call({ ...base, hook_event_name: 'Stop', stop_hook_active: false });
    await call();
    expect(heard).toEqual(['observes', 'decides']);
    expect([...hooks.events]).toEqual(['PreToolUse', 'PostToolBatch', 'PreSkillShellCommand', 'UserPromptSubmit']);
  });

  it('are refused when the event has one of that name, or never comes', () => {
    const { add, hooks } = createDispatcher();
    add(
      decider('guard', says('allow', 'Fine')),
      observer('guard', () => undefined),
    );
    expect(() => add(decider('guard', fails))).toThrow('has a handler named guard already');
    expect(() => add({ ...observer('guard', () => undefined) })).toThrow('has a handler named guard already');
    expect(() => hooks.add({ ...observer('late', () => undefined), event: 'Stop' } as never)).toThrow('not registered');
  });

  it('cost no timer where they answer at once', async () => {
    const { add, call, timers } = createDispatcher();
    let most = 0;
    add(decider('first', says('allow', 'Fine')));
    add(decider('second', () => void (most = timers.length)));
    await call();
    expect(most).toBe(0);
  });
});

describe('the verdict', () => {
  const permission = fc.constantFrom(
    'allow',
    'ask',
    'deny',
    'none',
    'slow allow',
    'slow ask',
    'slow deny',
    'slow none',
  );

  it('is the strictest, and of equal ones the first, with its reason and who said it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(permission, { maxLength: 6 }), async (answers) => {
        const { add, call, verdicts } = createDispatcher();
        const given = answers.map((answer, index) => {
          const said = answer.replace('slow ', '');
          const verdict =
            said === 'none' ? undefined : { permission: said as HookVerdict['permission'], reason: `Says ${index}` };
          add(decider(`${index}`, () => (answer === said ? verdict : Promise.resolve(verdict))));
          return verdict && { ...verdict, by: `${index}` };
        });
        const expected = (['deny', 'ask', 'allow'] as const)
          .map((each) => given.find((verdict) => verdict?.permission === each))
          .find((verdict) => verdict !== undefined);
        expect(await call()).toEqual(expected === undefined ? {} : toOutput(expected));
        expect(verdicts).toEqual([expected]);
      }),
    );
  });

  it('asks nobody more once a handler denies', async () => {
    const { add, call } = createDispatcher();
    let asked = 0;
    add(
      decider('first', says('deny', 'No')),
      decider('second', () => void (asked += 1)),
    );
    expect(await call()).toEqual(toOutput({ permission: 'deny', reason: 'No' }));
    expect(asked).toBe(0);
  });

  it('is to deny where it cannot be noted', async () => {
    const { add, call, logs } = createDispatcher({ onVerdict: fails });
    add(decider('first', says('allow', 'Fine')));
    expect(await call()).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
    expect(logs).toMatchObject([{ err: { message: 'It broke' } }]);
  });
});

describe('a handler that fails', () => {
  const failures: [string, Handle, string][] = [
    ['throws', fails, 'failed to decide it'],
    ['rejects', () => Promise.reject(new Error('It broke')), 'failed to decide it'],
    ['is too slow', hangs, 'has not answered within 10 s'],
    ['gives no verdict', () => ({ permission: 'yes', reason: 'Why not' }) as never, 'failed to decide it'],
    ['gives no reason', () => Promise.resolve({ permission: 'allow' } as never), 'failed to decide it'],
    ['gives null', () => null as never, 'failed to decide it'],
  ];

  it.each(failures)('denies the call where it %s, and the agent hears who it was', async (_, handle, words) => {
    const told: string[] = [];
    const { add, call, pass, logs, verdicts } = createDispatcher({ onFailure: (of) => void told.push(of) });
    add(decider('guard', handle), decider('other', says('allow', 'Fine')));
    const answered = call();
    await pass(HANDLER_TIME_LIMIT_MS);
    const reason = `The call is denied, because the hook handler "guard" ${words}`;
    expect(await answered).toEqual(toOutput({ permission: 'deny', reason }));
    expect(told).toEqual(['installation']);
    expect(verdicts).toEqual([{ permission: 'deny', reason, by: 'guard' }]);
    expect(logs).toMatchObject([{ handler: 'guard', hook_event: 'PreToolUse', err: { message: expect.any(String) } }]);
  });

  it.each(failures)('is skipped and logged where it %s and may be skipped', async (_, handle) => {
    const { add, call, pass, logs } = createDispatcher();
    add(decider('before', says('allow', 'Fine')), decider('audit', handle, { onFailure: 'skip' }));
    add(decider('after', says('ask', 'Better ask')));
    const answered = call();
    await pass(HANDLER_TIME_LIMIT_MS);
    expect(await answered).toEqual(toOutput({ permission: 'ask', reason: 'Better ask' }));
    expect(logs).toMatchObject([{ handler: 'audit', msg: expect.stringContaining('was skipped') }]);
  });

  it('is held to its time also where it answers with a promise of another library', async () => {
    const { add, call, pass } = createDispatcher();
    // oxlint-disable-next-line unicorn/no-thenable -- what a promise of another library looks like
    const endless = { then: () => undefined } as unknown as Promise<HookVerdict>;
    add(decider('guard', () => endless, { timeLimitMs: 50 }));
    const answer = call();
    await pass(50);
    expect(await answer).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
  });

  it('is taken at its first word', async () => {
    const { add, call } = createDispatcher();
    const words = ['deny', 'allow'];
    const fickle = {
      reason: 'It changes its mind',
      get permission() {
        return words.shift() as HookVerdict['permission'];
      },
    };
    add(decider('guard', () => fickle));
    expect(await call()).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
  });

  it('has the time that it was given, and hears when that is over', async () => {
    const { add, call, pass, timers } = createDispatcher();
    let given: AbortSignal | undefined;
    const handle: Handle = (_input, { signal }) => {
      given = signal;
      return new Promise(() => {});
    };
    add(decider('guard', handle, { timeLimitMs: 50 }));
    const answered = call();
    await pass(49);
    expect([timers.length, given?.aborted]).toEqual([1, false]);
    await pass(1);
    expect(await answered).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
    expect([timers.length, given?.aborted]).toEqual([0, true]);
  });

  it('keeps no other from hearing what happened', async () => {
    const { add, call, logs } = createDispatcher();
    const heard: string[] = [];
    add(
      observer('first', fails),
      observer('second', () => Promise.reject(new Error('It broke'))),
      observer('third', () => void heard.push('third')),
    );
    expect(await call(toolBatch)).toEqual({});
    expect(heard).toEqual(['third']);
    expect(logs.map(({ handler }) => handler)).toEqual(['first', 'second']);
  });
});

describe('a call that is taken back', () => {
  it.each(['deny', 'skip'] as const)(
    'is denied at once and asks nobody more, also where one may %s',
    async (onFailure) => {
      const { add, call, takeBack, logs, timers, verdicts } = createDispatcher();
      let given: AbortSignal | undefined;
      let asked = 0;
      const handle: Handle = (_input, { signal }) => {
        given = signal;
        return new Promise(() => {});
      };
      add(
        decider('slow', handle, { onFailure }),
        decider('next', () => void (asked += 1)),
      );
      const answered = call();
      takeBack();
      expect(await answered).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
      expect([given?.aborted, asked, timers.length, logs]).toEqual([true, 0, 0, []]);
      expect(verdicts).toMatchObject([{ permission: 'deny', by: 'slow' }]);
    },
  );

  it('reaches no handler when it was taken back before', async () => {
    const { add, call, takeBack } = createDispatcher();
    let asked = 0;
    add(
      decider('guard', () => void (asked += 1)),
      observer('watch', () => void (asked += 1)),
    );
    takeBack();
    expect(await call()).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
    expect(await call(toolBatch)).toEqual({});
    expect(asked).toBe(0);
  });
});

describe('hooks of plugins', () => {
  const pluginHook = (
    plugin: string,
    ask: PluginHook['ask'],
    onFailure: PluginHook['onFailure'] = 'skip',
  ): PluginHook => ({
    ...{ plugin, events: ['PreToolUse', 'UserPromptSubmit'], timeLimitMs: 1000, onFailure, ask },
  });
  const prompt: HookInput = { ...base, hook_event_name: 'UserPromptSubmit', prompt: 'Hello' };

  it.each([
    ['skip', {}, 'It was skipped'],
    ['deny', { decision: 'block', reason: 'The hook UserPromptSubmit of the plugin a failed' }, 'was denied'],
  ] as const)(
    'that are too slow are told to people, and %s what they had to check',
    async (onFailure, answer, told) => {
      const texts: string[] = [];
      const slow = pluginHook('a', () => new Promise(() => {}), onFailure);
      const { call, pass } = createDispatcher({
        listPluginHooks: () => [slow],
        onPluginHook: (text) => void texts.push(text),
      });
      const answered = call(prompt);
      await pass(1000);
      expect(await answered).toEqual(answer);
      expect(texts[0]).toContain(told);
    },
  );

  it('make a call only stricter, whatever the policy says of it', async () => {
    const listPluginHooks = () => [
      pluginHook('a', () => Promise.resolve({ contexts: ['Known'] })),
      pluginHook('b', () => Promise.resolve({ ask: 'Really?', contexts: [] })),
    ];
    const allowed = createDispatcher({ listPluginHooks });
    allowed.add(decider('policy', says('allow', 'Fine')));
    const asked = toOutput({ permission: 'ask', reason: 'Really?' });
    expect(await allowed.call()).toEqual({
      hookSpecificOutput: { ...asked.hookSpecificOutput, additionalContext: 'Known' },
    });
    expect(allowed.verdicts).toEqual([{ permission: 'ask', reason: 'Really?', by: 'b', plugin: 'b' }]);
    const denied = createDispatcher({ listPluginHooks });
    denied.add(decider('policy', says('deny', 'No')));
    expect(await denied.call()).toEqual(toOutput({ permission: 'deny', reason: 'No' }));
  });

  it('have a say in calls that no agent makes, as other handlers do that do not follow the agent', async () => {
    const asked: string[] = [];
    const { add, hooks, verdicts } = createDispatcher({
      listPluginHooks: () => [pluginHook('a', () => Promise.resolve({ ask: 'Really?', contexts: [] }))],
    });
    const note = (name: string) => () => {
      asked.push(name);
      return undefined;
    };
    add(decider('policy', note('policy'), { followsAgent: true }), decider('own', note('own')));
    const call = { toolName: 'mcp__docs__erase', input: {}, cwd: '/workspace' };
    const { signal } = new AbortController();
    expect(await hooks.judge(call, signal)).toMatchObject({ permission: 'ask', reason: 'Really?', by: 'a' });
    expect([asked, verdicts]).toEqual([['own'], []]);
  });
});
