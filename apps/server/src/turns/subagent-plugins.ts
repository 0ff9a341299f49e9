import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { EventPlugin } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';

/** Which plugins bring the subagents of a session, by the ids that their model calls have. */
export interface SubagentPlugins {
  note(message: SDKMessage): void;
  /** The name of the plugin; undefined for a subagent of no plugin, and for one that nothing was heard of. */
  find(agentId: string): string | undefined;
}

/** Far more than run at the same time. */
const MAX_KNOWN = 1000;

/**
 * The CLI says when a subagent starts: `task_id` is the id in the header of its calls, `subagent_type` its name,
 * `PLUGIN:NAME` for one of a plugin (2.1.332). Its first call may come before that is heard, but ends after it.
 */
export function createSubagentPlugins(
  findPlugin: (call: { toolName: string; input: Readonly<Record<string, unknown>> }) => EventPlugin | undefined,
): SubagentPlugins {
  const known = new Map<string, string>();
  return {
    note(message) {
      if (message.type !== 'system' || message.subtype !== 'task_started') return;
      const plugin = findPlugin({ toolName: 'Agent', input: { subagent_type: message.subagent_type } });
      if (plugin === undefined) return;
      makeRoom(known, MAX_KNOWN);
      known.set(message.task_id, plugin.name);
    },
    find: (agentId) => known.get(agentId),
  };
}
