import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import { expect, it } from 'vitest';

import { createSubagentPlugins } from './subagent-plugins.ts';

it('knows the plugin of a subagent from its start on, and none for others', () => {
  const subagents = createSubagentPlugins(({ toolName, input }) =>
    toolName === 'Agent' && input['subagent_type'] === 'alpha:helper'
      ? { name: 'alpha', display_name: 'Alpha' }
      : undefined,
  );
  const start = (id: string, type: string) =>
    subagents.note({ type: 'system', subtype: 'task_started', task_id: id, subagent_type: type } as SDKMessage);
  start('a1', 'alpha:helper');
  start('a2', 'general-purpose');
  expect(['a1', 'a2', 'a3'].map((id) => subagents.find(id))).toEqual(['alpha', undefined, undefined]);
});
