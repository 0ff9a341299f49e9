import type { RuleSubject } from '@claude-sdk-pattern/protocol';

import { t } from '../../messages/index.ts';
import { toToolName } from '../tools/describe-tool.ts';

/** Describes what a rule of "allow for this session" allows, as a sentence without its full stop. Pure. */
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

/** The same description for the card, which already shows the command above it. */
export function describeOwnRule(rule: RuleSubject): string {
  return rule.kind === 'command' ? t.approvals.rules.thisCommand : describeRule(rule);
}
