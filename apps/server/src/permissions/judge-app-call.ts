import type { HookVerdict } from '../hooks/hook-handler.ts';
import type { GateDecision } from './gate.ts';

/** A call by the name that agents know the tool by. */
export interface JudgedCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
}

/** Whether an app may make a call. `ask`: the person whose app it is has to confirm it. */
export interface AppCallVerdict {
  permission: 'allow' | 'ask' | 'deny';
  /** A sentence for people. */
  reason: string;
}

const SECOND_PERSON = 'A rule demands that a second person allows it. Have the agent call it';

/** The strictest of all decisions. What a second person has to allow is denied, because it waits for nobody here. Pure. */
export function judgeAppCall(
  decisions: readonly Pick<GateDecision, 'permission' | 'reason' | 'terms'>[],
): AppCallVerdict {
  const denial = decisions.find(({ permission }) => permission === 'deny');
  if (denial !== undefined) return { permission: 'deny', reason: denial.reason };
  if (decisions.some(({ terms }) => terms?.fourEyes === true)) return { permission: 'deny', reason: SECOND_PERSON };
  const question = decisions.find(({ permission }) => permission === 'ask');
  if (question !== undefined) return { permission: 'ask', reason: question.reason };
  return { permission: 'allow', reason: decisions[0]?.reason ?? '' };
}

/** The verdict with what hooks say. Hooks that cannot be asked have the person confirm the call at the least. Pure. */
export function withHooks(
  verdict: AppCallVerdict,
  { said, unasked }: { said: HookVerdict | undefined; unasked: readonly string[] },
): AppCallVerdict {
  if (verdict.permission === 'deny' || said?.permission === 'deny')
    return verdict.permission === 'deny' || said === undefined ? verdict : { permission: 'deny', reason: said.reason };
  if (said?.permission === 'ask') return { permission: 'ask', reason: said.reason };
  const [plugin] = unasked;
  if (verdict.permission === 'ask' || plugin === undefined) return verdict;
  return {
    permission: 'ask',
    reason: `The plugin ${plugin} checks such calls of agents, and cannot check those of apps`,
  };
}
