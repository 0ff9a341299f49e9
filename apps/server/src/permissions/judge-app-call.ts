import type { PolicyLayer } from '@claude-sdk-pattern/protocol';

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
  /** Of `ask`: a rule, a hook or a secret asks about this very call, and not only because nothing allows it. */
  isExplicit: boolean;
  /** Of `ask`: what a hook asks, or that a secret was found. Who makes the call may know nothing of it. */
  unseen?: string | undefined;
}

/** Layers that look into calls. A rule is known, and what they find is not. */
const LOOKING: ReadonlySet<PolicyLayer> = new Set<PolicyLayer>(['hook', 'secrets']);
/** Layers that speak of certain calls. The others speak of tools. */
const EXPLICIT: ReadonlySet<PolicyLayer> = new Set<PolicyLayer>(['platform', 'role', 'hook', 'secrets']);

const SECOND_PERSON = 'A rule demands that a second person allows it. Have the agent call it';

/** The strictest of all decisions. What a second person has to allow is denied, because it waits for nobody here. Pure. */
export function judgeAppCall(
  decisions: readonly Pick<GateDecision, 'permission' | 'reason' | 'source' | 'terms'>[],
): AppCallVerdict {
  const denial = decisions.find(({ permission }) => permission === 'deny');
  if (denial !== undefined) return deny(denial.reason);
  if (decisions.some(({ terms }) => terms?.fourEyes === true)) return deny(SECOND_PERSON);
  const questions = decisions.filter(({ permission }) => permission === 'ask');
  const explicit = questions.find(({ source }) => EXPLICIT.has(source.layer));
  const question = explicit ?? questions[0];
  const unseen = questions.find(({ source }) => LOOKING.has(source.layer))?.reason;
  if (question !== undefined)
    return { permission: 'ask', reason: question.reason, isExplicit: explicit !== undefined, unseen };
  return { permission: 'allow', reason: decisions[0]?.reason ?? '', isExplicit: false };
}

/** The verdict with what hooks say. Hooks that cannot be asked have the person confirm the call at the least. Pure. */
export function withHooks(
  verdict: AppCallVerdict,
  { said, unasked }: { said: HookVerdict | undefined; unasked: readonly string[] },
): AppCallVerdict {
  if (verdict.permission === 'deny' || said?.permission === 'deny')
    return verdict.permission === 'deny' || said === undefined ? verdict : deny(said.reason);
  if (said?.permission === 'ask')
    return { permission: 'ask', reason: said.reason, isExplicit: true, unseen: said.reason };
  const [plugin] = unasked;
  if ((verdict.permission === 'ask' && verdict.isExplicit) || plugin === undefined) return verdict;
  return {
    ...{ permission: 'ask', isExplicit: true, unseen: verdict.unseen },
    reason: `The plugin ${plugin} checks such calls of agents, and cannot check those of apps`,
  };
}

function deny(reason: string): AppCallVerdict {
  return { permission: 'deny', reason, isExplicit: false };
}
