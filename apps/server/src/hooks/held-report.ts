import type { SyncHookJSONOutput } from '@anthropic-ai/claude-agent-sdk';

/** How the CLI (2.1.332) begins the prompt by which it tells the agent that tasks have ended. */
export const REPORT_PREFIX = '<task-notification>';

const REASON = 'This report waits until the turn is over';

/** Has the CLI forget a report. The reason marks what it says of that. */
export const HELD_REPORT: SyncHookJSONOutput = {
  decision: 'block',
  reason: REASON,
  hookSpecificOutput: { hookEventName: 'UserPromptSubmit', suppressOriginalPrompt: true },
};

/** Whether the CLI says by this that it has forgotten a report: as a message, and as the result of the turn that it began for it. A program of the agent may have written something else there. */
export function isOfHeldReport(text: unknown): boolean {
  return typeof text === 'string' && text.trimEnd().endsWith(`blocked by hook:\n${REASON}`);
}
