import type { SyncHookJSONOutput } from '@anthropic-ai/claude-agent-sdk';

import type { HookVerdict } from './hook-handler.ts';
import type { SaidVerdict } from './strictest-verdict.ts';

/** Without a verdict the CLI goes on as it does by itself. */
export function toToolUseOutput(verdict: HookVerdict | undefined, contexts: readonly string[]): SyncHookJSONOutput {
  if (verdict === undefined && contexts.length === 0) return {};
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      ...(verdict && { permissionDecision: verdict.permission, permissionDecisionReason: verdict.reason }),
      ...(contexts.length > 0 && { additionalContext: contexts.join('\n\n') }),
    },
  };
}

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
