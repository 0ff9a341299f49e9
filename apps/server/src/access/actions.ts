import type { Actor, Role } from '../identity/actor.ts';

/** The least role for an action, by the actor's relation to the resource. Relations without a role are refused. */
export interface ActionRule {
  /** Description of the action in docs/operate/roles.md. */
  allows: string;
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
    allows: 'see the health of the server, load the web app, read the description of the API, sign in and out',
    any: 'public',
  },
  'chat.connect': { allows: 'open a chat connection; each frame has its own action', any: 'user' },

  'account.read': { allows: 'see your account and the offered models', own: 'user' },
  'account.change': { allows: 'change name and password, see and end sign-ins', own: 'user', via: 'cookie' },
  'api_key.read': { allows: 'list API keys', own: 'user' },
  'api_key.create': { allows: 'make an API key', own: 'user' },
  'api_key.revoke': { allows: 'revoke an API key', own: 'user' },
  'user.read': { allows: 'see accounts and their sign-ins', any: 'admin', via: 'cookie' },
  'user.change': { allows: 'make, change, lock and remove accounts', any: 'admin', via: 'cookie' },

  'agent.create': { allows: 'make an agent', own: 'user' },
  'agent.read': { allows: 'see and use an agent', own: 'user', published: 'user' },
  'agent.update': { allows: 'change an agent', own: 'user', published: 'admin' },
  'agent.publish': { allows: 'make or keep an agent for everybody', own: 'operator', published: 'admin' },
  'agent.archive': { allows: 'archive an agent', own: 'user', published: 'admin' },
  'environment.create': { allows: 'make an environment', own: 'user' },
  'environment.read': { allows: 'see and use an environment', own: 'user', published: 'user' },
  'environment.update': { allows: 'change an environment', own: 'user', published: 'admin' },
  'environment.publish': { allows: 'make or keep an environment for everybody', own: 'operator', published: 'admin' },
  'environment.archive': { allows: 'archive an environment', own: 'user', published: 'admin' },
  'environment.delete': { allows: 'delete an environment', own: 'user', published: 'admin' },

  'file.upload': { allows: 'upload a file', own: 'user' },
  'file.read': { allows: 'see, download and send a file', own: 'user', view: 'user' },
  'file.delete': { allows: 'delete a file', own: 'user' },

  'session.create': { allows: 'create a session', own: 'user' },
  'session.read': { allows: 'see a session, its events, threads, workspace and rules', own: 'user', view: 'user' },
  'session.send': {
    allows: 'send messages, answers and interrupts, withdraw a message, wake the agent',
    own: 'user',
    drive: 'user',
  },
  'session.update': {
    allows: 'change title, model, mode, tools and metadata of a session',
    own: 'user',
    manage: 'user',
  },
  'session.share': { allows: 'see and change with whom a session is shared', own: 'user', manage: 'user' },
  'session.find_person': { allows: 'find a person by their email address, to share with them', own: 'user' },
  'session.run_unasked': {
    allows: 'let an agent act without asking, on a server that does not confine agents',
    own: 'operator',
  },
  'session.revoke_rule': { allows: 'revoke what was allowed for a session', own: 'user', drive: 'user' },
  'session.fork': { allows: 'fork a session, which makes one of your own', own: 'user', view: 'user' },
  'session.archive': { allows: 'archive and unarchive a session', own: 'user', manage: 'user' },
  'session.delete': { allows: 'delete a session', own: 'user', manage: 'user' },

  'process.read': { allows: 'see every agent process, without the titles of other sessions', any: 'operator' },
  'process.control': { allows: 'restart, hibernate and end an agent process', any: 'operator' },
  'audit.read': { allows: 'read and export the audit log', any: 'operator' },
  'metrics.read': { allows: 'read the metrics', any: 'operator' },
} as const satisfies Record<string, ActionRule>;

export type Action = keyof typeof ACTIONS;

/** The rule of an action, with every field that a rule may have. */
export function getRule(action: Action): ActionRule {
  return ACTIONS[action];
}

export function isAction(name: unknown): name is Action {
  return typeof name === 'string' && Object.hasOwn(ACTIONS, name);
}
