import { classifyTool } from './tool-class.ts';

/**
 * What "allow for this session" keeps, in Claude Code's own rule syntax: `Bash(npm test)`, `WebFetch(domain:example.com)`,
 * `Edit`, `mcp__server__tool`. Undefined where a call can only be allowed once.
 */
export function toSessionRule(toolName: string, input: Readonly<Record<string, unknown>>): string | undefined {
  switch (classifyTool(toolName)) {
    case 'edit':
      return 'Edit';
    case 'shell':
      return typeof input['command'] === 'string' ? `${toolName}(${input['command'].trim()})` : undefined;
    case 'network': {
      const host = typeof input['url'] === 'string' ? findHost(input['url']) : undefined;
      if (toolName === 'WebFetch') return host === undefined ? undefined : `WebFetch(domain:${host})`;
      return toolName;
    }
    case 'external':
      return toolName;
    case 'read':
    case 'ask':
    case 'internal':
      return undefined;
  }
}

function findHost(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
