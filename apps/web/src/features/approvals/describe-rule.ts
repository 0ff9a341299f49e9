import type { RuleSubject } from '@claude-sdk-pattern/protocol';

import { t } from '../../messages/index.ts';
import { toToolName } from '../tools/describe-tool.ts';

/** What a rule of "allow for this session" lets the agent do, as a sentence without its end. Pure. */
export function describeRule({ kind, pattern, tool_name: name, mcp_server_name: server }: RuleSubject): string {
  const { rules } = t.approvals;
  switch (kind) {
    case 'edits':
      return rules.edits;
    case 'command':
      return rules.command(pattern ?? '');
    case 'domain':
      return rules.domain(pattern ?? '');
    case 'tool':
      return name === 'WebSearch' ? rules.search : rules.tool(toToolName({ name, server }));
  }
}

/** The same on the card, where the command itself stands above it. */
export function describeOwnRule(rule: RuleSubject): string {
  return rule.kind === 'command' ? t.approvals.rules.thisCommand : describeRule(rule);
}
