import type { Actor } from '../identity/actor.ts';
import type { AuditFact, AuditParty } from '../store/audit-facts.ts';
import { toCanonicalJson, type JsonObject } from './canonical-json.ts';

/** Every action in the audit log, and what it tells. docs/operate/audit.md lists them; a test holds the two equal. */
export const AUDIT_ACTIONS = {
  'auth.sign_in': 'somebody signed in, or tried to',
  'auth.sign_out': 'somebody signed out',
  'api_key.create': 'an API key was made',
  'api_key.revoke': 'an API key was revoked',
  'passkey.create': 'a passkey was added',
  'passkey.update': 'a passkey was renamed',
  'passkey.delete': 'a passkey was removed',
  'user.create': 'an account was made',
  'user.update': 'an account was changed: name, role, lock, password',
  'user.delete': 'an account was removed',
  'user.export': 'everything that is kept of a person was downloaded',
  'user.erase': 'a person was erased: account, belongings and name; details have counts only',
  'user.invite': 'an invitation was made, used or withdrawn',
  'deployment.create': 'a deployment was made',
  'deployment.update': 'a deployment was changed',
  'deployment.pause': 'a deployment was paused, by its owner or because its runs failed',
  'deployment.unpause': 'it was made to go on',
  'deployment.archive': 'a deployment was archived',
  'deployment.webhook': 'the webhook of a deployment was opened, given another secret or closed',
  'deployment.run': 'a deployment ran: by its schedule, by its webhook or because somebody said so',
  'session.create': 'a session was created',
  'session.fork': 'a session was forked',
  'workspace.trust': 'a person let run what a repository, or the workspace of a session, brings',
  'workspace.distrust': 'a person took that back',
  'session.rewind': 'the files of a session were taken back to an earlier state',
  'session.update': 'the permission mode, model, tools or archive state of a session was changed',
  'session.delete': 'a session was deleted',
  'repository.fetch': 'the agent of a session, the server for it, or somebody in its terminal, read a repository',
  'repository.push': 'the agent of a session, or a person by hand, wrote to a repository, or tried to',
  'repository.commit': 'a person committed in a repository of a session',
  'repository.pull_request': 'a person opened a pull request from a session, or went to its form',
  'folder_root.create': 'a folder of the server was granted to roles',
  'folder_root.update': 'a granted folder was given another name, other roles or other modes',
  'folder_root.delete': 'a folder is granted no more',
  'folder.use': 'a session was given a folder of the server: as a copy, as a work tree or itself',
  'folder.release': 'a session has a folder of the server no more for itself, because somebody said so',
  'session.share': 'a session was shared with somebody, or the level was changed',
  'session.unshare': 'a share was ended',
  'session.export': 'a session was exported',
  'session.stop_task': 'a person ended a command that an agent ran beside a conversation',
  'session.change_files':
    'a person wrote, uploaded, moved or deleted a file of a workspace, made a folder, staged files or began a push',
  'session.download_files': 'a person downloaded a workspace, or a folder of it, as an archive',
  'terminal.start': 'somebody opened a terminal of a session',
  'terminal.end': 'a terminal ended: why, with which exit code, after how many seconds; never what was in it',
  'tool.decide': 'a tool call was decided: allow, ask or deny',
  'tool.run': 'a tool call has ended',
  'approval.answer': 'a person answered a tool call that waited, or it was cancelled',
  'approval.hand_over': 'a tool call that waits was handed to the operators',
  'approval.take_back': 'it was taken back from them',
  'rule.revoke': 'what was allowed for a session was taken back',
  'policy.update': 'the permission policy was changed',
  'budget.create': 'a budget was made',
  'budget.update': 'limit or warning of a budget was changed',
  'budget.delete': 'a budget was deleted',
  'work.stop': 'an operator stopped all agents, those of a user or of an agent, a plugin, or the new turns of a server',
  'work.resume': 'an operator lifted that',
  'plugin.install': 'a plugin was taken in',
  'plugin.activate': 'a plugin was activated, with what was granted',
  'plugin.deactivate': 'a plugin was switched off',
  'plugin.upgrade': 'another version of a plugin was taken in',
  'plugin.roll_back': 'a plugin went back to its version before',
  'plugin.configure': 'a plugin was configured',
  'plugin.remove': 'a plugin was removed',
  'app.call': 'an app of an MCP server called a tool, for the person who sees it',
  'app.read': 'an app of an MCP server read a resource, for the person who sees it',
  'plugin.test': 'a person ran a tool of a plugin by hand',
  'skill.create': 'a skill was uploaded',
  'skill.update': 'a version of a skill was added or deleted',
  'skill.delete': 'a skill was deleted',
  'agent.create': 'an agent was made',
  'agent.update': 'an agent was changed',
  'agent.archive': 'an agent was archived',
  'environment.create': 'an environment was made',
  'environment.update': 'an environment was changed',
  'environment.archive': 'an environment was archived',
  'environment.delete': 'an environment was deleted',
  'secret.put': 'a secret was set',
  'secret.delete': 'a secret was removed',
  'secret.use': 'a process or connection got the value of a secret',
  'vault.create': 'a vault was made',
  'vault.update': 'name or metadata of a vault was changed',
  'vault.archive': 'a vault was archived, and the values of its credentials removed',
  'vault.delete': 'a vault was deleted with its credentials',
  'vault_credential.create': 'a credential was put into a vault',
  'vault_credential.update': 'a credential was changed',
  'vault_credential.archive': 'a credential was archived, and its values removed',
  'vault_credential.delete': 'a credential was deleted',
  'vault_credential.use': 'an MCP server of a session got the token of a credential; once for each session and version',
  'vault_credential.refresh': 'the server fetched a new token for a credential',
  'mcp_sign_in.create': 'somebody signed in to an MCP server, for themselves or for the platform',
  'mcp_sign_in.delete': 'somebody signed out of an MCP server',
  'mcp_sign_in.renew': 'a sign-in to an MCP server could not be renewed and has ended',
  'mcp_client.update': 'the client of the platform at an authorization server of MCP servers was set or removed',
  'log_level.change': 'an operator changed how much the server logs',
  'process.control': 'an operator stopped the turn of an agent process, restarted, hibernated or ended it',
  'upstream.open': 'the circuit breaker of an upstream opened: the model API does not answer',
  'upstream.close': 'it closed: the model API answers again',
  'server.backup': 'a backup was made',
  'server.restore': 'the server was restored from a backup; what happened after the backup is not in the log',
  'audit.export': 'the audit log was exported',
  'audit.retain': 'entries older than the retention were removed',
  'audit.mismatch': 'the log does not reach as far as this server has signed it: its end was cut off or changed',
} as const;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

/** Types of who acts: `anonymous` has no account, `system` is the server itself. */
export type FactActor = AuditParty & { type: 'user' | 'agent' | 'system' | 'anonymous' };
export type FactTarget = AuditParty & {
  type:
    | 'user'
    | 'api_key'
    | 'passkey'
    | 'session'
    | 'repository'
    | 'server'
    | 'folder_root'
    | 'folder'
    | 'deployment'
    | 'agent'
    | 'environment'
    | 'policy'
    | 'budget'
    | 'stop'
    | 'plugin'
    | 'skill'
    | 'secret'
    | 'vault'
    | 'vault_credential'
    | 'mcp_server'
    | 'mcp_client'
    | 'upstream'
    | 'audit';
};
export type FactOutcome = 'success' | 'failure' | 'unknown' | 'allow' | 'ask' | 'deny' | 'cancelled';

/** Something that belongs in the audit log. */
export interface Fact {
  actor: FactActor;
  action: AuditAction;
  target: FactTarget;
  outcome?: FactOutcome;
  /** No secret, no text of messages: ids, names, counts and digests; of inputs only `describeCall`. Long texts are cut. */
  details?: JsonObject;
}

export const SYSTEM: FactActor = { type: 'system', id: 'platform' };
export const ANONYMOUS: FactActor = { type: 'anonymous', id: null };
export const AUDIT_LOG: FactTarget = { type: 'audit', id: null };

export function toFactActor({ userId }: Pick<Actor, 'userId'>): FactActor {
  return { type: 'user', id: userId };
}

export type KeyDetails = { by_api_key?: string } | { by_token?: string } | { by_deployment?: string };

/**
 * For the details of what is changed in accounts and keys: the API key behind the credential, `bootstrap` for the
 * bootstrap key; of a JSON Web Token, part of its digest; the deployment that acts for its owner. Nothing for a sign-in that was made without a key.
 */
export function toKeyDetails({ via, credentialId, apiKeyId }: Actor): KeyDetails {
  if (apiKeyId !== null) return { by_api_key: apiKeyId };
  if (via === 'jwt') return { by_token: credentialId };
  if (via === 'deployment') return { by_deployment: credentialId };
  return via === 'api_key' ? { by_api_key: credentialId } : {};
}

export function toFactUser(userId: string): FactTarget {
  return { type: 'user', id: userId };
}

/** A fact as the store keeps it. */
export function toAuditFact(fact: Fact, nowMs: number): AuditFact {
  const { actor, action, target, outcome = 'success', details = {} } = fact;
  return { at: new Date(nowMs).toISOString(), actor, action, target, outcome, details: toCanonicalJson(details) };
}
