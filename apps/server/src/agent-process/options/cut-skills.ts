import type { SkillList } from '@claude-sdk-pattern/protocol';

import { findCutSkills, toListBudget } from '../../plugins/skills/listed-skills.ts';
import type { McpNotice } from '../mcp/mcp-notices.ts';
import type { AgentStart } from './build-options.ts';

const MAX_NAMED = 20;

/** What the model is told of the skills that plugins and the agent bring, when a session begins. Pure. */
export function toSkillList({ settings, model }: Pick<AgentStart, 'settings' | 'model'>): SkillList {
  const { listedSkills = [], tools } = settings;
  const listed = tools.includes('Skill') ? listedSkills : [];
  const budget = toListBudget(model);
  return { listed: listed.length, budget_chars: budget, without_description: findCutSkills(listed, budget) };
}

/** Tells people of the skills whose descriptions the model does not get; undefined where it gets all. Pure. */
export function toCutNotice(start: Pick<AgentStart, 'settings' | 'model'>): McpNotice | undefined {
  const { listed, budget_chars: budget, without_description: cut } = toSkillList(start);
  if (cut.length === 0) return undefined;
  const named = cut.slice(0, MAX_NAMED).join(', ');
  const more = cut.length > MAX_NAMED ? ` and ${cut.length - MAX_NAMED} more` : '';
  const text = `The agent gets only the names of ${cut.length} of ${listed} skills and commands, because the descriptions of all share ${budget} characters with this model: ${named}${more}.`;
  return { level: 'warning', text };
}
