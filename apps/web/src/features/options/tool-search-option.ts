import type { ExplainedOption, ToolSearchSummary } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

/** Whether tools are searched, in the form of the options, among which it stands. It is no option of the Agent SDK. Pure. */
export function toToolSearchOption({ mode, above_tokens: limit, from, running }: ToolSearchSummary): ExplainedOption {
  const now = running === null ? '' : ` ${t.toolSearch.running(running)}`;
  return {
    ...{ name: 'toolSearch', is_set: true, value: mode, from, names: [] },
    reason: `${t.toolSearch[mode](limit)}${now}`,
  };
}
