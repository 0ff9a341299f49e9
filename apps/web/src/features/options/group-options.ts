import type { ExplainedOption } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

export const GROUPS = ['model', 'tools', 'permissions', 'conversation', 'process'] as const;
export type OptionGroup = (typeof GROUPS)[number];

/** By the option's name; what is not here belongs to the process. */
const GROUP_OF: Readonly<Record<string, OptionGroup>> = Object.fromEntries(
  Object.entries({
    model: [
      ...['model', 'effort', 'thinking', 'maxThinkingTokens', 'maxTurns', 'maxBudgetUsd', 'taskBudget', 'systemPrompt'],
      ...['fallbackModel', 'betas', 'outputFormat', 'promptSuggestions', 'agentProgressSummaries'],
    ],
    tools: [
      ...['tools', 'allowedTools', 'disallowedTools', 'toolAliases', 'toolConfig', 'mcpServers', 'toolSearch'],
      ...[
        'strictMcpConfig',
        'mcpServersDelivery',
        'plugins',
        'pluginDelivery',
        'skills',
        'agents',
        'agent',
        'hooks',
        'includeHookEvents',
      ],
    ],
    permissions: [
      ...['permissionMode', 'canUseTool', 'allowDangerouslySkipPermissions', 'permissionPromptToolName', 'sandbox'],
      ...['permissionPrompts', 'planModeInstructions', 'onElicitation', 'onUserDialog', 'supportedDialogKinds'],
    ],
    conversation: [
      ...['resume', 'sessionId', 'continue', 'forkSession', 'persistSession', 'sessionStore', 'sessionStoreFlush'],
      ...['loadTimeoutMs', 'resumeSessionAt', 'resumeDropsTurn', 'verbatimPrompts', 'includePartialMessages', 'title'],
      ...['forwardSubagentText', 'enableFileCheckpointing'],
    ],
  } satisfies Partial<Record<OptionGroup, string[]>>).flatMap(([group, names]) =>
    names.map((name) => [name, group as OptionGroup]),
  ),
);

/** Options by what they are about, set ones before the others, and known ones before those that only have a name. Pure. */
export function groupOptions(
  options: readonly ExplainedOption[],
): { group: OptionGroup; options: ExplainedOption[] }[] {
  return GROUPS.map((group) => ({
    group,
    options: options
      .filter(({ name }) => (GROUP_OF[name] ?? 'process') === group)
      .toSorted((one, other) => Number(isUnnamed(one)) - Number(isUnnamed(other))),
  })).filter((each) => each.options.length > 0);
}

/** Whether every word of the search stands somewhere in what the page shows of the option. Pure. */
export function fitsSearch(option: ExplainedOption, search: string): boolean {
  const { name, value, from, names, reason } = option;
  const text = [
    name,
    t.labels[name] ?? '',
    t.origins[from],
    t.originHelp[from],
    ...names,
    reason,
    JSON.stringify(value),
  ]
    .join('\n')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function isUnnamed({ name }: ExplainedOption): boolean {
  return !Object.hasOwn(t.labels, name);
}
