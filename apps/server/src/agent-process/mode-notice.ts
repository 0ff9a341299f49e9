import type { PermissionMode } from '@anthropic-ai/claude-agent-sdk';

/**
 * What people are told when a process is in another permission mode than it was asked to be in, as the answer of
 * `Query.setPermissionMode` says (SDK 0.3.332); undefined where it is not, or the answer names none. The policy of the
 * session decides about calls in either case: plan mode refuses what changes something, whatever the process believes.
 */
export function toModeNotice(asked: 'plan' | 'default', inEffect: PermissionMode | undefined): string | undefined {
  if (inEffect === undefined || inEffect === asked) return undefined;
  return asked === 'plan'
    ? `The agent was not switched to plan mode and works as before (its mode is ${inEffect}). What would change something is refused all the same`
    : `The agent was not switched back to its usual mode (its mode is ${inEffect}), so it may go on as it does there. Send a message that says what you want instead`;
}
