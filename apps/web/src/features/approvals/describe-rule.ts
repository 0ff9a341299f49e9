import { t } from '../../messages/index.ts';

/** What a rule of "allow for this session" lets the agent do, as a sentence without its end. Pure. */
export function describeRule(rule: string): string {
  const { rules } = t.approvals;
  const [, tool = rule, argument = ''] = /^(\w+)\(([\s\S]*)\)$/.exec(rule) ?? [];
  if (tool === 'Edit') return rules.edit;
  if (tool === 'WebFetch') return rules.fetch(argument.replace(/^domain:/, ''));
  if (tool === 'WebSearch') return rules.search;
  const [, server, name] = /^mcp__(.+?)__(.+)$/.exec(tool) ?? [];
  if (server !== undefined && name !== undefined) return rules.server(name, server);
  return argument === '' ? rules.tool(tool) : rules.command(argument);
}

/** The same on the card, where the command itself stands above it. */
export function describeOwnRule(rule: string): string {
  return /^(Bash|PowerShell|Monitor)\(/.test(rule) ? t.approvals.rules.thisCommand : describeRule(rule);
}
