import { failureResponses } from './failures.ts';
import type { OpenApiDocument, Tag } from './open-api-types.ts';

/** The names that routes give as `tags`. */
export const TAGS = {
  sessions: 'Sessions',
  events: 'Events',
  threads: 'Subagents',
  deployments: 'Deployments',
  agents: 'Agents',
  environments: 'Environments',
  files: 'Files',
  skills: 'Skills',
  chat: 'Live connection',
  identity: 'Signing in',
  accounts: 'Accounts',
  plugins: 'Plugins',
  secrets: 'Secrets',
  vaults: 'Vaults',
  mcpSignIns: 'Sign-ins to MCP servers',
  operations: 'Operations',
  health: 'Health',
  description: 'This description',
} as const;

const tags: Tag[] = [
  {
    name: TAGS.sessions,
    description:
      'A session is one conversation. It is durable, and has an agent process only while it needs one. In the shapes of the Managed Agents API, so that `new Anthropic({ baseURL, apiKey }).beta.sessions` works.',
  },
  {
    name: TAGS.events,
    description:
      'What happens in a session, as an ordered log. Each event has a `seq`: 1, 2, 3 and so on, without gaps. List what was, stream what comes, send what the agent shall do.',
  },
  { name: TAGS.threads, description: 'What the subagents of a session did.' },
  {
    name: TAGS.deployments,
    description:
      'An agent with all that it needs to work by itself: by a schedule, by a webhook, or when somebody says so. Each run makes a session of its owner, with the rights that the owner has at that moment.',
  },
  {
    name: TAGS.agents,
    description: 'An agent is a definition with versions: model, instructions, tools, MCP servers and permissions.',
  },
  { name: TAGS.environments, description: 'Where and how the agent processes of a session run.' },
  { name: TAGS.files, description: 'Images, PDFs and texts that messages refer to.' },
  {
    name: TAGS.skills,
    description:
      'Folders with a SKILL.md that an agent loads when a task needs them. An agent names those that its sessions get. Each has versions, which never change.',
  },
  {
    name: TAGS.chat,
    description:
      'One connection for any number of sessions: frames over a WebSocket, or over HTTP where networks break those. `docs/guide/websocket.md` of the source explains the frames; `docs/guide/client.md` shows the typed client for both, which also reconnects and sends exactly once.',
  },
  { name: TAGS.identity, description: 'The cookie of browsers, and API keys for programs.' },
  { name: TAGS.accounts, description: 'Your own account, and for administrators those of others.' },
  {
    name: TAGS.plugins,
    description:
      'What the server gets from plugins: MCP servers, skills, commands, subagents, hooks, tools and endpoints. Taken in from a folder, an archive, npm, git or a command; nothing of one serves before an administrator activates it. `docs/guide/plugins.md` of the source explains them.',
  },
  {
    name: TAGS.secrets,
    description:
      'Values that plugins and MCP servers get and nobody can read back: `${secret:NAME}` in what they declare. Your own goes before that of the agent, and that before the platform’s.',
  },
  {
    name: TAGS.vaults,
    description:
      'Your own credentials for MCP servers, in the shapes of the Managed Agents API: a session that names vaults sends them to the servers whose URL they have.',
  },
  {
    name: TAGS.mcpSignIns,
    description:
      'Where MCP servers want people to sign in (OAuth): the platform keeps the tokens and renews them, and nobody can read them back. Your own sign-in goes before that of the platform, which serves only servers of plugins.',
  },
  { name: TAGS.operations, description: 'For operators and administrators: agent processes and metrics.' },
  { name: TAGS.health, description: 'For load balancers and orchestrators. No credential is needed.' },
  { name: TAGS.description, description: 'What you read, for programs and for people. No credential is needed.' },
];

const description = `
The HTTP interface of a claude-sdk-pattern server. It has two parts:

- \`/v1\` has the shapes of the Managed Agents API, so that the official Anthropic SDK works unchanged: \`new Anthropic({ baseURL, apiKey })\` and its \`client.beta\`. A field that this server does not have is refused with a 400 that names it.
- \`/api/v1\` is what that API does not have: signing in, API keys, exports, processes.

**Signing in.** Programs send \`Authorization: Bearer KEY\` or \`x-api-key: KEY\`. Browsers send a cookie, which counts for changes only from the server's own pages. A credential in a URL is refused.

**Failures** all have one envelope: \`{"type":"error","error":{"type","message","details"},"request_id"}\`. \`error.type\` says what kind it is, \`error.details.code\` more precisely, \`error.details.field\` which field is at fault. With 429 and 529 the header \`retry-after\` says when to try again.

**Lists** answer \`{"data": […], "next_page"}\`. Pass \`next_page\` as \`page\` for what follows; null is the end.

**Repeating safely.** Creating, changing and forking a session and sending to one take an \`idempotency-key\` header. The same key again, within 24 hours, gets the first answer and does nothing more.

**Streams.** \`GET /v1/sessions/{session_id}/events/stream\` sends server-sent events: \`event:\` is the type, \`id:\` the \`seq\`, and a ping comes every 15 seconds. A reader that comes back with \`Last-Event-ID\` gets all that it missed. The WebSocket \`/ws/v1/chat\` does the same for many sessions at once, with previews of text while it is written.

Answers may gain fields and events new types at any time; ignore what you do not know.
`.trim();

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key of yours, as `Authorization: Bearer KEY`.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key of yours, as `x-api-key: KEY`.' },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'csp.session_token',
    description: 'What browsers get by signing in. Changes count only from the server’s own pages.',
  },
};

/** What the document says of the server as a whole. */
export function writeInformation(version: string, basePath: string): Omit<OpenApiDocument, 'paths'> {
  return {
    openapi: '3.1.1',
    info: {
      title: 'claude-sdk-pattern',
      version,
      summary: 'Claude agents for teams: sessions, events, agents, environments and files.',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: basePath || '/', description: 'This server' }],
    security: [{ bearer: [] }, { apiKey: [] }, { cookie: [] }],
    tags,
    components: { schemas: {}, responses: failureResponses, securitySchemes },
  };
}
