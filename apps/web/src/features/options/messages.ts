import type { OptionOrigin } from '@claude-sdk-pattern/protocol';

/** The English texts of a session's page "Options", which load with it. A language is added as in `messages/en.ts`. */
export const t = {
  title: 'Options',
  back: 'Back to the session',
  lead: 'What the next agent process of this session starts with, and where each value comes from. Secrets are never shown.',
  loading: 'Loading the options…',
  failed: 'The options could not be loaded.',
  gone: 'There is no such session, or it is not shared with you.',
  search: 'Search options',
  found: (count: number) => (count === 1 ? '1 option' : `${count} options`),
  nothing: 'No option fits.',
  groups: {
    model: 'Model and prompt',
    tools: 'Tools and plugins',
    permissions: 'Permissions',
    conversation: 'Conversation',
    process: 'Process',
  },
  unset: (count: number) => `Not set (${count})`,
  showUnset: 'Show',
  hideUnset: 'Hide',
  origins: {
    platform: 'Platform',
    operator: 'Operator',
    agent: 'Agent',
    plugin: 'Plugin',
    session: 'Session',
  } satisfies Record<OptionOrigin, string>,
  originHelp: {
    platform: 'Fixed by the platform',
    operator: 'From the configuration of the server',
    agent: 'From the definition of the agent',
    plugin: 'From a plugin',
    session: 'Of this session',
  } satisfies Record<OptionOrigin, string>,
  labels: {
    model: 'Model',
    effort: 'Effort',
    systemPrompt: 'System prompt',
    tools: 'Tools',
    allowedTools: 'Tools that run without asking',
    disallowedTools: 'Tools that are switched off',
    mcpServers: 'MCP servers',
    toolSearch: 'Search of MCP tools',
    plugins: 'Folders of plugins',
    hooks: 'Hooks',
    permissionMode: 'Permission mode',
    canUseTool: 'Who decides about tool calls',
    cwd: 'Working folder',
    env: 'Environment variables',
    resume: 'Transcript to continue',
    sessionId: 'New transcript',
    sessionStore: 'Where the transcript is kept',
    spawnClaudeCodeProcess: 'Where the process runs',
    includeHookEvents: 'Reports of hooks',
    settingSources: 'Settings files that are read',
  } as Readonly<Record<string, string>>,
  toolSearch: {
    auto: (tokens: number) =>
      `The model searches the tools of MCP servers when they take more than ${tokens.toLocaleString('en')} tokens of every request.`,
    always: () => 'The model searches the tools of MCP servers.',
    never: () => 'The model has all tools of MCP servers in every request.',
    running: ({ tools, tokens, is_on: isOn }: { tools: number; tokens: number; is_on: boolean }) =>
      `Of the process that runs, ${tools === 1 ? '1 tool takes' : `${tools} tools take`} about ${tokens.toLocaleString('en')} tokens, and ${tools === 1 ? 'is' : 'are'} ${isOn ? '' : 'not '}searched.`,
  },
  conflicts: 'Same names',
  kinds: { mcp_server: 'MCP server', skill: 'skill', command: 'command', agent: 'subagent' } as Readonly<
    Record<string, string>
  >,
  ofAgent: 'the agent',
  both: (first: string, second: string, kind: string) => `${first} and ${second} both bring the ${kind}`,
  serves: (owner: string) => `That of ${owner} serves`,
  whyServer: (second: string) =>
    `That of ${second} is left out: an agent’s own server comes first, then that of the plugin which is first by its name.`,
  whyNamespaced: 'Both stay, each with the name of its plugin before its own.',
  running: {
    none: 'No agent process runs now. The next message starts one with these options.',
    current: 'The agent process that runs has the plugins that are listed here.',
    old: 'The agent process that runs started with other plugins:',
    reloadHelp: 'Write /reload in the chat to take these with the next message.',
  },
} as const;
