import type { DecidingHookHandler, HookInputOf, ObservingHookHandler } from '../hooks/hook-handler.ts';
import type { SaidVerdict } from '../hooks/strictest-verdict.ts';
import type { ToolDecisions } from './tool-decisions.ts';

type ToolCall = HookInputOf<'PreToolUse'>;

const NAME = 'permissions';

/** Has the policy decide every tool call. It denies what it cannot decide. */
export function createPolicyHook(decisions: ToolDecisions): DecidingHookHandler {
  return {
    ...{ event: 'PreToolUse', name: NAME, onFailure: 'deny' },
    handle(call) {
      if (call.agent_id === undefined) decisions.noteWorkingDir(call.cwd);
      const made = { toolName: call.tool_name, input: toInput(call), workingDir: call.cwd };
      const { permission, reason } = decisions.enforce(call.tool_use_id, made);
      return { permission, reason };
    },
  };
}

/** Follows where the agent's own commands run: one of the batch may have gone elsewhere. */
export function createWorkingDirHook(decisions: ToolDecisions): ObservingHookHandler {
  return {
    ...{ event: 'PostToolBatch', name: NAME, onFailure: 'skip' },
    handle(batch) {
      if (batch.agent_id === undefined) decisions.noteWorkingDir(batch.cwd);
    },
  };
}

/** Notes what all handlers together decided: an allowed call gets its permit; one that others decided is held to that. */
export function noteVerdict(decisions: ToolDecisions, call: ToolCall, verdict: SaidVerdict | undefined): void {
  if (verdict?.permission === 'allow') decisions.permit(call.tool_use_id, call.tool_name, toInput(call));
  else if (verdict !== undefined && verdict.by !== NAME) decisions.tighten(call.tool_use_id, verdict);
}

function toInput({ tool_input: input }: ToolCall): Record<string, unknown> {
  return typeof input === 'object' && input !== null ? { ...input } : {};
}
