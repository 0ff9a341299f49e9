import type { DecidingHookHandler, HookInputOf, ObservingHookHandler } from '../hooks/hook-handler.ts';
import { toChangedInput } from '../hooks/hook-outputs.ts';
import { HELD, type SaidVerdict } from '../hooks/strictest-verdict.ts';
import { toHookSource, type ToolDecisions } from './tool-decisions.ts';

type ToolCall = HookInputOf<'PreToolUse'>;

const NAME = 'permissions';

/**
 * Lets the policy decide every tool call. When that fails, the call is denied. `refresh` looks up again what decisions depend
 * on; it is no promise where that is fresh.
 */
export function createPolicyHook(
  decisions: ToolDecisions,
  { refresh }: { refresh(): Promise<void> | undefined },
): DecidingHookHandler {
  const decide = (call: ToolCall) => {
    if (call.agent_id === undefined) decisions.noteWorkingDir(call.cwd);
    const made = { toolName: call.tool_name, input: toInput(call), workingDir: call.cwd };
    const { permission, reason } = decisions.enforce(call.tool_use_id, made);
    return { permission, reason };
  };
  return {
    ...{ event: 'PreToolUse', name: NAME, onFailure: 'deny', followsAgent: true },
    handle: (call) => refresh()?.then(() => decide(call)) ?? decide(call),
  };
}

/** Records the working directory of the session's own agent: a command of the batch may have changed it. */
export function createWorkingDirHook(decisions: ToolDecisions): ObservingHookHandler {
  return {
    ...{ event: 'PostToolBatch', name: NAME, onFailure: 'skip' },
    handle(batch) {
      if (batch.agent_id === undefined) decisions.noteWorkingDir(batch.cwd);
    },
  };
}

/**
 * Records the verdict of all handlers: an allowed call gets a permit, a verdict of another handler may be stricter. `questions` are
 * all that ask. True where one of them is not the policy's: people have to be asked for it. A call that commands of plugins
 * may change gets no permit yet.
 */
export function noteVerdict(
  decisions: ToolDecisions,
  call: ToolCall,
  verdict: SaidVerdict | undefined,
  { questions = [], mayChange = false }: { questions?: readonly SaidVerdict[]; mayChange?: boolean } = {},
): boolean {
  if (mayChange) decisions.noteMade(call.tool_use_id, toInput(call));
  const isHeld = mayChange && verdict?.permission === 'allow';
  if (verdict !== undefined) decisions.noteSaid(call.tool_use_id, isHeld ? HELD : verdict);
  const question = questions.findLast(({ by }) => by !== NAME);
  if (verdict?.permission === 'deny') {
    const { reason, by } = verdict;
    decisions.noteDenial(call.tool_use_id, { reason, ...(by !== NAME && { source: toHookSource(verdict) }) });
  }
  if (isHeld) return false;
  if (verdict?.permission === 'allow') decisions.permit(call.tool_use_id, call.tool_name, toInput(call));
  else if (verdict?.permission === 'ask' && question !== undefined) decisions.tighten(call.tool_use_id, question);
  else if (verdict !== undefined && verdict.by !== NAME) decisions.tighten(call.tool_use_id, verdict);
  return verdict?.permission === 'ask' && question !== undefined;
}

/** As the call is made: what the platform itself changes in it is no change of a plugin. */
function toInput(call: ToolCall): Record<string, unknown> {
  const { tool_input: input } = call;
  return toChangedInput(call) ?? (typeof input === 'object' && input !== null ? { ...input } : {});
}
