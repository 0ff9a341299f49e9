import type { Actor, Role, Scope } from '../identity/actor.ts';

/** The least role for an action, by the actor's relation to the resource. Relations without a role are refused. */
export interface ActionRule {
  /** Description of the action in docs/operate/roles.md. */
  allows: string;
  /** The scope that an API key needs for it: `write` for whatever changes something. */
  scope: Scope;
  /** For one's own resources, and for making one. */
  own?: Role;
  /** With a session that its owner shares at this level or a higher one: `view` < `drive` < `manage`. */
  view?: Role;
  drive?: Role;
  manage?: Role;
  /** With what another user owns and everybody may use: the scope `organization`. */
  published?: Role;
  /** With everything, and where there is no owner. `public` needs no sign-in. */
  any?: Role | 'public';
  /** Only with this kind of credential. */
  via?: Actor['via'];
}

/** The one table of what can be done, and by whom. Every route, every frame and every service names an action of it. */
export const ACTIONS = {
  'public.use': {
    scope: 'read',
    allows: 'see the health of the server, load the web app, read the description of the API, sign in and out',
    any: 'public',
  },
  'chat.connect': { scope: 'read', allows: 'open a chat connection; each frame has its own action', any: 'user' },

  'account.read': { scope: 'read', allows: 'see your account, your passkeys and the offered models', own: 'user' },
  'account.change': {
    scope: 'write',
    allows: 'change your name, email address, password and passkeys',
    own: 'user',
    via: 'cookie',
  },
  'account.export': { scope: 'read', allows: 'download everything that is kept of you', own: 'user' },
  'api_key.read': { scope: 'read', allows: 'list API keys', own: 'user' },
  'api_key.create': { scope: 'write', allows: 'make an API key', own: 'user' },
  'api_key.revoke': { scope: 'write', allows: 'revoke an API key', own: 'user' },
  'sign_in.read': { scope: 'read', allows: 'list your sign-ins', own: 'user' },
  'sign_in.end': { scope: 'write', allows: 'end one of your sign-ins', own: 'user' },
  'push.read': {
    scope: 'read',
    allows: 'see whether your browser gets push messages',
    own: 'user',
    via: 'cookie',
  },
  'push.change': {
    scope: 'write',
    allows: 'switch push messages to your browser on and off',
    own: 'user',
    via: 'cookie',
  },
  'user.read': { scope: 'read', allows: 'see accounts and what API keys they have', any: 'operator' },
  'user.change': {
    scope: 'write',
    allows: 'make, invite, change, lock and delete accounts, make and revoke their API keys',
    any: 'admin',
  },
  'user.export': { scope: 'read', allows: 'download everything that is kept of a person', any: 'admin' },
  'user.erase': { scope: 'write', allows: 'erase a person and all that they own', any: 'admin' },

  'agent.create': { scope: 'write', allows: 'make an agent', own: 'user' },
  'agent.read': { scope: 'read', allows: 'see and use an agent', own: 'user', published: 'user' },
  'agent.update': { scope: 'write', allows: 'change an agent', own: 'user', published: 'admin' },
  'agent.publish': {
    scope: 'write',
    allows: 'make or keep an agent for everybody',
    own: 'operator',
    published: 'admin',
  },
  'agent.archive': { scope: 'write', allows: 'archive an agent', own: 'user', published: 'admin' },
  'environment.create': { scope: 'write', allows: 'make an environment', own: 'user' },
  'environment.read': { scope: 'read', allows: 'see and use an environment', own: 'user', published: 'user' },
  'environment.update': { scope: 'write', allows: 'change an environment', own: 'user', published: 'admin' },
  'environment.publish': {
    scope: 'write',
    allows: 'make or keep an environment for everybody',
    own: 'operator',
    published: 'admin',
  },
  'environment.archive': { scope: 'write', allows: 'archive an environment', own: 'user', published: 'admin' },
  'environment.delete': { scope: 'write', allows: 'delete an environment', own: 'user', published: 'admin' },

  'file.upload': { scope: 'write', allows: 'upload a file', own: 'user' },
  'file.read': { scope: 'read', allows: 'see, download and send a file', own: 'user', view: 'user' },
  'file.delete': { scope: 'write', allows: 'delete a file', own: 'user' },

  'skill.create': { scope: 'write', allows: 'upload a skill', own: 'user' },
  'skill.read': { scope: 'read', allows: 'see and download a skill, and give it to an agent', own: 'user' },
  'skill.update': { scope: 'write', allows: 'add and delete versions of a skill', own: 'user' },
  'skill.delete': { scope: 'write', allows: 'delete a skill', own: 'user' },

  'session.create': { scope: 'write', allows: 'create a session', own: 'user' },
  'session.read': {
    scope: 'read',
    allows: 'see a session, its events, threads, workspace and rules',
    own: 'user',
    view: 'user',
  },
  'session.send': {
    scope: 'write',
    allows: 'send messages, answers and interrupts, withdraw a message, wake the agent',
    own: 'user',
    drive: 'user',
  },
  'session.rewind': {
    scope: 'write',
    allows: 'take the files of a session, or its conversation, back to before a message',
    own: 'user',
    drive: 'user',
  },
  'terminal.read': {
    scope: 'read',
    allows: 'list the terminals of a session',
    own: 'user',
    drive: 'user',
  },
  'terminal.use': {
    scope: 'write',
    allows: 'open and end terminals of a session, see what is in them and type',
    own: 'user',
    drive: 'user',
  },
  'terminal.open_unconfined': {
    scope: 'write',
    allows: 'open a terminal of a session where the server does not confine agents',
    own: 'admin',
    drive: 'admin',
  },
  'session.run_unconfined': {
    scope: 'write',
    allows:
      'let run what the workspace of a session brings, and use git there by hand, where the server does not confine agents',
    own: 'admin',
    drive: 'admin',
  },
  'session.trust_workspace': {
    scope: 'write',
    allows: 'let run what the workspace of a session brings, and take that back',
    own: 'user',
  },
  'workspace_trust.read': { scope: 'read', allows: 'list what of workspaces you let run', own: 'user' },
  'workspace_trust.end': { scope: 'write', allows: 'take back what of workspaces you let run', own: 'user' },
  'session.hand_over': {
    scope: 'write',
    allows: 'hand a tool call that waits to the operators, and take it back',
    own: 'user',
    drive: 'user',
  },
  'approval.answer_handed_over': {
    scope: 'write',
    allows: 'see and answer a tool call that was handed to the operators, of a session that is not shared with you',
    any: 'operator',
  },
  'approval.allow_for_others': {
    scope: 'write',
    allows: 'allow a tool call that a second person has to allow, if you did not ask for it',
    manage: 'user',
    any: 'operator',
  },
  'approval.read': { scope: 'read', allows: 'list the tool calls that wait for your answer', own: 'user' },
  'session.change_files': {
    scope: 'write',
    allows: 'write, upload, move and delete files in the workspace of a session by hand, stage, commit and push them',
    own: 'user',
    drive: 'user',
  },
  'session.update': {
    scope: 'write',
    allows: 'change title, model, mode, tools and metadata of a session',
    own: 'user',
    manage: 'user',
  },
  'session.change_resources': {
    scope: 'write',
    allows: 'mount repositories and files into a session, and take them away',
    own: 'user',
    manage: 'user',
  },
  'session.read_shares': {
    scope: 'read',
    allows: 'see with whom a session is shared',
    own: 'user',
    manage: 'user',
  },
  'session.share': {
    scope: 'write',
    allows: 'change with whom a session is shared',
    own: 'user',
    manage: 'user',
  },
  'session.leave': { scope: 'write', allows: 'leave a session that is shared with you', view: 'user' },
  'session.find_person': {
    scope: 'read',
    allows:
      'find a person by their whole email address, to share with them, or by a part of name or address among those whom you may see',
    own: 'user',
  },
  'session.run_unasked': {
    scope: 'write',
    allows: 'let an agent act without asking, where the server confines agents',
    own: 'operator',
  },
  'session.revoke_rule': {
    scope: 'write',
    allows: 'revoke what was allowed for a session',
    own: 'user',
    drive: 'user',
  },
  'session.fork': { scope: 'write', allows: 'fork a session, which makes one of your own', own: 'user', view: 'user' },
  'session.archive': { scope: 'write', allows: 'archive and unarchive a session', own: 'user', manage: 'user' },
  'session.delete': { scope: 'write', allows: 'delete a session', own: 'user', manage: 'user' },

  'deployment.read': {
    scope: 'read',
    allows: 'see your deployments, their schedules, webhooks and runs',
    own: 'user',
  },
  'deployment.change': {
    scope: 'write',
    allows: 'make, change, pause and archive your deployments, and the secrets of their webhooks',
    own: 'user',
  },
  'deployment.run': { scope: 'write', allows: 'run a deployment of yours now', own: 'user' },
  'deployment.deliver': {
    scope: 'read',
    allows: 'run a deployment through its webhook, with the secret of that webhook',
    any: 'public',
  },

  'secret.read': {
    scope: 'read',
    allows: 'see the names of your own secrets, and of those of agents that you may change',
    own: 'user',
  },
  'secret.change': {
    scope: 'write',
    allows: 'set and remove your own secrets, and those of agents that you may change',
    own: 'user',
  },
  'platform_secret.read': {
    scope: 'read',
    allows: 'see the names of the platform’s secrets',
    any: 'operator',
  },
  'platform_secret.change': {
    scope: 'write',
    allows: 'set and remove the platform’s secrets',
    any: 'operator',
  },

  'vault.read': {
    scope: 'read',
    allows: 'see your vaults and their credentials, without secret values',
    own: 'user',
  },
  'vault.change': {
    scope: 'write',
    allows: 'make, change, archive and delete your vaults and their credentials, and try a credential',
    own: 'user',
  },
  'mcp_sign_in.read': {
    scope: 'read',
    allows: 'see your own sign-ins to MCP servers, never their tokens',
    own: 'user',
  },
  'mcp_sign_in.change': { scope: 'write', allows: 'begin a sign-in to an MCP server, and sign out', own: 'user' },
  'mcp_sign_in.finish': {
    scope: 'write',
    allows: 'come back from the sign-in to an MCP server, in the browser',
    own: 'user',
    via: 'cookie',
  },
  'platform_mcp_sign_in.read': {
    scope: 'read',
    allows: 'see the platform’s sign-ins to MCP servers, and its clients at authorization servers',
    any: 'operator',
  },
  'platform_mcp_sign_in.change': {
    scope: 'write',
    allows: 'sign the platform in to MCP servers and out, and set its clients at authorization servers',
    any: 'operator',
  },

  'process.read': {
    scope: 'read',
    allows: 'see every agent process, without the titles of other sessions',
    any: 'operator',
  },
  'process.control': {
    scope: 'write',
    allows: 'stop the turn of an agent process, restart, hibernate and end it',
    any: 'operator',
  },
  'upstream.read': {
    scope: 'read',
    allows: 'see the upstreams of the model API and whether they work',
    any: 'operator',
  },
  'stop.read': {
    scope: 'read',
    allows: 'see what operators have stopped, and what a stop would concern',
    any: 'operator',
  },
  'stop.change': {
    scope: 'write',
    allows: 'stop all agents, those of a user or of an agent, or a plugin; drain a server; lift that again',
    any: 'operator',
  },
  'overview.read': {
    scope: 'read',
    allows: 'see how the server is: health, load, spending and what needs attention',
    any: 'operator',
  },
  'settings.read': {
    scope: 'read',
    allows: 'see the settings of the server and where their values come from, never secrets',
    any: 'operator',
  },
  'folder_root.read': {
    scope: 'read',
    allows: 'see the folders of the server that sessions of your role may use, and the folders in them',
    any: 'user',
  },
  'folder_root.change': {
    scope: 'write',
    allows: 'grant folders of the server to roles, and take them back',
    any: 'admin',
  },
  'folder_lease.read': {
    scope: 'read',
    allows: 'see which of your sessions have folders of the server for themselves, and as an administrator all',
    any: 'user',
  },
  'folder_lease.release': {
    scope: 'write',
    allows: 'take such a folder from your session, and as an administrator from any',
    own: 'user',
    any: 'admin',
  },
  'policy.read': { scope: 'read', allows: 'see the policy for tool calls, and try calls', any: 'operator' },
  'policy.change': { scope: 'write', allows: 'change the policy for tool calls', any: 'admin' },
  'plugin.read': { scope: 'read', allows: 'see plugins, what they bring and whether they work', any: 'user' },
  'plugin.review': {
    scope: 'read',
    allows: 'see what a version of a plugin brings and changes: its command lines, texts and files',
    any: 'admin',
  },
  'plugin.configure': { scope: 'write', allows: 'configure a plugin', any: 'operator' },
  'plugin.test': {
    scope: 'write',
    allows: 'connect to the MCP servers of plugins by hand, and run their tools as far as the policy lets you',
    any: 'operator',
  },
  'plugin.change': {
    scope: 'write',
    allows: 'take in, activate, switch off, upgrade, roll back and remove plugins, and grant them what they need',
    any: 'admin',
  },
  'endpoint.read': {
    scope: 'read',
    allows: 'see what the endpoints of plugins show, which get your id and role',
    any: 'user',
  },
  'endpoint.send': { scope: 'write', allows: 'send to the endpoints of plugins', any: 'user' },
  'usage.read': { scope: 'read', allows: 'see what model calls have used and cost', own: 'user', any: 'operator' },
  'budget.read': { scope: 'read', allows: 'see your budgets, and as an operator all', own: 'user', any: 'operator' },
  'budget.change': { scope: 'write', allows: 'make, change and delete budgets', any: 'operator' },
  'audit.read': { scope: 'read', allows: 'read and export the audit log', any: 'operator' },
  'metrics.read': { scope: 'read', allows: 'read the metrics', any: 'operator' },
  'log_level.read': { scope: 'read', allows: 'see how much the server logs', any: 'operator' },
  'log_level.change': { scope: 'write', allows: 'change how much the server logs', any: 'operator' },
} as const satisfies Record<string, ActionRule>;

export type Action = keyof typeof ACTIONS;

/** The rule of an action, with every field that a rule may have. */
export function getRule(action: Action): ActionRule {
  return ACTIONS[action];
}

export function isAction(name: unknown): name is Action {
  return typeof name === 'string' && Object.hasOwn(ACTIONS, name);
}
