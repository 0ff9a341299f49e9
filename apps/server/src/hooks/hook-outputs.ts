import type { PreToolUseHookInput, SyncHookJSONOutput } from '@anthropic-ai/claude-agent-sdk';

import type { HookVerdict } from './hook-handler.ts';
import type { SaidVerdict } from './strictest-verdict.ts';

/** Without a verdict the CLI goes on as it does by itself. */
export function toToolUseOutput(
  call: Pick<PreToolUseHookInput, 'tool_name' | 'tool_input'>,
  { verdict, contexts }: { verdict: HookVerdict | undefined; contexts: readonly string[] },
): SyncHookJSONOutput {
  const updatedInput = toChangedInput(call);
  if (verdict === undefined && contexts.length === 0 && updatedInput === undefined) return {};
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      ...(updatedInput && { updatedInput }),
      ...(verdict && { permissionDecision: verdict.permission, permissionDecisionReason: verdict.reason }),
      ...(contexts.length > 0 && { additionalContext: contexts.join('\n\n') }),
    },
  };
}

/** Subagents run inside the turn that started them. Left to itself the CLI (2.1.332) runs them beside the conversation. */
export function toChangedInput({
  tool_name: name,
  tool_input: input,
}: Pick<PreToolUseHookInput, 'tool_name' | 'tool_input'>): Record<string, unknown> | undefined {
  if (!SUBAGENT_TOOLS.has(name) || typeof input !== 'object' || input === null) return undefined;
  return { ...input, run_in_background: false };
}

/** The CLI's names for the one tool. */
const SUBAGENT_TOOLS: ReadonlySet<string> = new Set(['Agent', 'Task']);

/** What the CLI is told of a shell line. */
export function toShellLineOutput({ permission, reason }: SaidVerdict): SyncHookJSONOutput {
  return {
    hookSpecificOutput: {
      hookEventName: 'PreSkillShellCommand',
      permissionDecision: permission,
      permissionDecisionReason: reason,
    },
  };
}
