import type { RuleSubject } from '@claude-sdk-pattern/protocol';

import { classifyTool } from './tool-class.ts';

/** The part of a rule that follows from the call. `SessionApprovals` adds the names that people see. */
export type CallRule = Pick<RuleSubject, 'rule' | 'kind' | 'pattern'>;

/**
 * What "allow for this session" keeps, in Claude Code's own rule syntax: `Bash(npm test)`,
 * `WebFetch(domain:example.com)`, `Edit`, `mcp__server__tool`. The rule holds for exactly this command, blanks and
 * invisible characters included. Undefined where a call can only be allowed once.
 */
export function toSessionRule(toolName: string, input: Readonly<Record<string, unknown>>): CallRule | undefined {
  switch (classifyTool(toolName)) {
    case 'edit':
      return { rule: 'Edit', kind: 'edits', pattern: null };
    case 'shell': {
      const { command } = input;
      return typeof command === 'string' && command.trim() !== ''
        ? { rule: `${toolName}(${command})`, kind: 'command', pattern: command }
        : undefined;
    }
    case 'network': {
      if (toolName !== 'WebFetch') return { rule: toolName, kind: 'tool', pattern: null };
      const host = typeof input['url'] === 'string' ? findHost(input['url']) : undefined;
      return host === undefined ? undefined : { rule: `WebFetch(domain:${host})`, kind: 'domain', pattern: host };
    }
    case 'external':
      return { rule: toolName, kind: 'tool', pattern: null };
    case 'read':
    case 'ask':
    case 'internal':
      return undefined;
  }
}

function findHost(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
