import { describe, expect, it } from 'vitest';

import { describeDoing, objectOf, shortenPath, summarizeTools, toToolName, toWorkspacePath } from './describe-tool.ts';
import type { ToolItem, ToolStatus } from '../../session/items.ts';

const call = (name: string, input: Record<string, unknown> = {}, server: string | null = null) =>
  ({ kind: 'tool', name, server, input, status: 'done' }) as ToolItem;
const bash = (status: ToolStatus) => ({ ...call('Bash'), status });

describe('a tool call in words', () => {
  it('says what goes on', () => {
    expect(describeDoing(call('Bash', { command: 'npm test\n--run' }))).toBe('Running npm test');
    expect(describeDoing(call('Read', { file_path: '/data/workspaces/sesn_1/src/app.ts' }))).toBe('Reading src/app.ts');
  });

  it('sums up a run of calls by kind, in the order they came', () => {
    expect(summarizeTools([call('Bash'), call('Edit'), call('Bash'), call('Grep')])).toBe(
      'Ran 2 commands, edited a file, searched once',
    );
  });

  it.each([
    [[bash('done'), bash('asking'), bash('running')], '1 of 3 commands ran, 2 waiting'],
    [[bash('done'), bash('notRun'), bash('notRun')], '1 of 3 commands ran, 2 not run'],
    [[bash('failed'), bash('denied'), bash('stopped')], '1 of 3 commands ran, 1 denied, 1 stopped'],
    [[call('Read'), bash('running')], '1 of 2 steps done, 1 running'],
  ])('never says of a call that it ran before it has: %#', (calls, summary) => {
    expect(summarizeTools(calls)).toBe(summary);
  });

  it('names an MCP tool by its server', () => {
    expect(toToolName(call('mcp__github__create_issue', {}, 'github'))).toBe('github · create_issue');
  });

  it('names the tools that were searched, and the resource that was read', () => {
    expect(summarizeTools([call('ToolSearch'), call('ReadMcpResourceTool')])).toBe('Searched once, read a resource');
    const query = 'select:mcp__github__create_issue,mcp__docs__find';
    expect(objectOf(call('ToolSearch', { query }))).toBe('github · create_issue, docs · find');
    expect(objectOf(call('ToolSearch', { query: '+slack send' }))).toBe('+slack send');
    expect(objectOf(call('ReadMcpResourceTool', { server: 'docs', uri: 'docs://a/b/c/d/e' }))).toBe('docs://a/b/c/d/e');
    expect(objectOf(call('ListMcpResourcesTool', {}))).toBe('');
  });

  it('shows a path as one of the workspace only where it is', () => {
    const id = '5c8d2f0e-0b1c-4a57-9d0e-6b1f3c2a7e94';
    expect(toWorkspacePath(`/data/workspaces/${id}/src/a.ts`)).toBe('src/a.ts');
    for (const path of ['/home/ann/workspaces/app/.env', `/data/workspaces/${id}/../b.ts`, `/data/workspaces/${id}`])
      expect(toWorkspacePath(path)).toBe(path);
  });

  it('shortens a long path outside of a workspace to its last three parts', () => {
    expect(shortenPath('/usr/lib/node/modules/a/b.js')).toBe('…/modules/a/b.js');
    expect(shortenPath('src/b.js')).toBe('src/b.js');
  });
});
