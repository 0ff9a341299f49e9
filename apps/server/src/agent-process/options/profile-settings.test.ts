import { agentCreateParams, type AgentCreateParams } from '@claude-sdk-pattern/protocol/v1';
import { describe, expect, it } from 'vitest';

import { toAgentDefinition } from '../../definitions/agent-definition.ts';
import { toEnvironmentDefinition } from '../../definitions/environment-definition.ts';
import { toMcpToolName } from '../../definitions/mcp-tool-name.ts';
import type { SessionAgent } from '../../definitions/resolve-session.ts';
import { findToolPolicy, toProfileSettings } from './profile-settings.ts';

const environment = toEnvironmentDefinition({ name: 'Anywhere' });

function toProcess(params: Omit<AgentCreateParams, 'name' | 'model'> & { model?: AgentCreateParams['model'] }) {
  const parsed = agentCreateParams.parse({ name: 'Agent', model: 'opus', ...params });
  const { metadata: _, ...definition } = toAgentDefinition(parsed);
  const agent: SessionAgent = { id: 'agent_1', version: 1, name: 'Agent', ...definition };
  return toProfileSettings({ agent, environment, plugins: [], nodePath: '/usr/bin/node' });
}

describe('toProfileSettings', () => {
  it('offers nothing to an agent without tools', () => {
    expect(toProcess({ system: 'Be brief.' })).toEqual({
      model: 'opus',
      effort: undefined,
      systemPrompt: 'Be brief.',
      tools: [],
      disallowedTools: expect.arrayContaining(['Bash', 'Write', 'Agent']),
      mcpServers: [],
      customTools: [],
      plugins: [],
      toolPolicies: expect.objectContaining({ Bash: 'disabled', Agent: 'disabled' }),
      serverPolicies: {},
      networking: 'unrestricted',
    });
  });

  it('names the tools of a toolset as Claude Code does, each with its policy', () => {
    const definition = toProcess({
      tools: [
        {
          type: 'agent_toolset_20260401',
          default_config: { enabled: false, permission_policy: { type: 'auto' } },
          configs: [
            { name: 'bash', enabled: true, permission_policy: { type: 'always_ask' } },
            { name: 'edit', enabled: true },
          ],
        },
      ],
    });
    expect(definition.tools).toEqual(['Bash', 'Edit', 'NotebookEdit']);
    const policies = ['Bash', 'Edit', 'NotebookEdit', 'Read'].map((tool) => findToolPolicy(definition, tool));
    expect(policies).toEqual(['always_ask', 'auto', 'auto', 'disabled']);
    expect(definition.disallowedTools).toContain('Read');
    expect(definition.disallowedTools).not.toContain('Bash');
  });

  it('lets tools run and MCP tools ask unless the agent says otherwise, as the API does', () => {
    const definition = toProcess({
      mcp_servers: [{ type: 'url', name: 'docs', url: 'https://mcp.example/v1' }],
      tools: [
        { type: 'agent_toolset_20260401' },
        {
          type: 'mcp_toolset',
          mcp_server_name: 'docs',
          configs: [
            { name: 'search', permission_policy: { type: 'always_allow' } },
            { name: 'erase', enabled: false },
          ],
        },
      ],
    });
    expect(definition.mcpServers).toEqual([{ name: 'docs', transport: 'http', url: 'https://mcp.example/v1' }]);
    expect(definition.disallowedTools).toContain('mcp__docs__erase');
    const policies = ['Bash', 'mcp__docs__search', 'mcp__docs__list', 'mcp__docs__erase', 'TodoWrite', 'constructor'];
    expect(policies.map((tool) => findToolPolicy(definition, tool))).toEqual([
      'always_allow',
      'always_allow',
      'always_ask',
      'disabled',
      'disabled',
      'always_ask',
    ]);
  });

  it('holds a tool of an MCP server to its policy under the name that the CLI uses, however it is spelled', () => {
    const definition = toProcess({
      mcp_servers: [
        { type: 'url', name: 'a', url: 'https://mcp.example/a' },
        { type: 'url', name: 'a_', url: 'https://mcp.example/a_' },
      ],
      tools: [
        {
          type: 'mcp_toolset',
          mcp_server_name: 'a',
          default_config: { permission_policy: { type: 'always_allow' } },
          configs: [
            { name: 'db.drop', enabled: false },
            { name: 'db:drop', permission_policy: { type: 'always_ask' } },
          ],
        },
        { type: 'mcp_toolset', mcp_server_name: 'a_', default_config: { enabled: false } },
      ],
    });
    const policyOf = (server: string, tool: string) => findToolPolicy(definition, toMcpToolName({ server, tool }));
    expect(policyOf('a', 'db.drop')).toBe('disabled');
    expect(definition.disallowedTools).toContain(toMcpToolName({ server: 'a', tool: 'db.drop' }));
    expect(policyOf('a', 'db:drop')).toBe('always_ask');
    expect(policyOf('a', 'db_drop')).toBe('always_allow');
    expect(policyOf('a_', 'db_drop')).toBe('disabled');
    expect(policyOf('a', '_drop')).toBe('always_allow');
  });

  it('asks about names that it does not know: of another server, or of no server', () => {
    const definition = toProcess({ interactive_tools: true });
    const names = ['mcp__other__tool', 'mcp__a__', 'mcp__', 'NewTool', 'constructor', '__proto__', ''];
    expect(names.map((name) => findToolPolicy(definition, name))).toEqual(names.map(() => 'always_ask'));
    expect(findToolPolicy(definition, 'TodoWrite')).toBe('auto');
  });

  it('adds the tools for people where the agent has them, and leaves the default model to the platform', () => {
    const definition = toProcess({ interactive_tools: true, model: { id: 'default', effort: 'high' } });
    expect(definition.tools).toContain('AskUserQuestion');
    expect(definition).toMatchObject({ model: undefined, effort: 'high' });
  });
});
