import { CspError } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../audit/audit-log.ts';
import type { SecretOwner, SecretPlace, SecretRepository } from '../store/secrets.ts';
import { unseal } from './envelope.ts';
import type { Keyring } from './keyring.ts';
import { PLATFORM, toSecretFact } from './secret-book.ts';
import { SECRET_NAME } from './secret-name.ts';
import type { SecretsInUse } from './secrets-in-use.ts';

/** For whom secrets are filled in. */
export interface SecretContext {
  /** The plugin that wants them, with the names that an administrator granted it; absent for the agent's own servers. */
  plugin?: { name: string; secrets: readonly string[] } | undefined;
  agentId?: string | undefined;
  /** Whether the agent's own secrets may be filled in: decided where the process's settings are made. */
  agentSecrets?: true | undefined;
  /** The session's owner; absent for a process that belongs to nobody yet, which gets nobody's own secrets. */
  userId?: string | undefined;
  /** The agent's own id of the session: what its processes get is hidden in its events. */
  sessionId: string;
}

export interface SecretResolver {
  /**
   * The values with each `${secret:NAME}` replaced: for a plugin by the user's secret of that name, or the agent's, or the
   * platform's, if it was granted to it; for what an agent's definition names only by a secret of that agent, because whoever
   * publishes an agent must not get what others keep here.
   * @throws CspError `not_found`, `permission_denied`, `state_conflict`, which names the secret and says what to do; `details.remedy` says how
   */
  resolve(values: Readonly<Record<string, string>>, context: SecretContext): Promise<Record<string, string>>;
}

export interface SecretResolverDeps {
  secrets: Pick<SecretRepository, 'find'>;
  audit: AuditRecorder;
  keyring: Keyring;
  inUse: Pick<SecretsInUse, 'note'>;
}

const REFERENCE = /\$\{secret:([^}]*)\}/g;

export function createSecretResolver({ secrets, audit, keyring, inUse }: SecretResolverDeps): SecretResolver {
  async function open(name: string, context: SecretContext): Promise<string> {
    assertGranted(name, context);
    for (const owner of listOwners(context)) {
      const place: SecretPlace = { ...owner, name };
      const sealed = await secrets.find(place);
      if (sealed === undefined) continue;
      const value = unseal(keyring, place, sealed);
      inUse.note(context.sessionId, { name, value });
      const { target, details } = toSecretFact(place);
      await audit.record({
        actor: { type: 'agent', id: context.agentId ?? null },
        action: 'secret.use',
        target,
        details: {
          ...details,
          agent_session_id: context.sessionId,
          ...(context.plugin !== undefined && { plugin: context.plugin.name }),
          ...(context.userId !== undefined && { user_id: context.userId }),
        },
      });
      return value;
    }
    throw new CspError('not_found', toMissing(name, context), {
      details: { secret: name, remedy: toSetRemedy(name, context) },
    });
  }

  return {
    async resolve(values, context) {
      const names = new Set(
        Object.values(values).flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name = '']) => name)),
      );
      if (names.size === 0) return { ...values };
      const found = new Map<string, string>();
      for (const name of names) found.set(name, await open(name, context));
      // What a secret holds is not searched for references.
      const fill = (text: string) => text.replaceAll(REFERENCE, (_, name: string) => found.get(name) ?? '');
      return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, fill(text)]));
    },
  };
}

function assertGranted(name: string, { plugin, agentSecrets }: SecretContext): void {
  if (!SECRET_NAME.test(name))
    throw new CspError('invalid_request', `\${secret:${name}} names no secret: a name is ${SECRET_NAME.source}`);
  if (plugin === undefined) {
    if (agentSecrets === true) return;
    throw new CspError(
      'permission_denied',
      `The secret ${name} is not filled in: an agent's secrets are only for servers of its own definition, and for who may use it`,
    );
  }
  if (plugin.secrets.includes(name)) return;
  throw new CspError(
    'permission_denied',
    `The secret ${name} was not granted to the plugin ${plugin.name}. An administrator can grant it`,
    { details: { secret: name, remedy: toGrantRemedy(name, plugin) } },
  );
}

function listOwners({ plugin, agentId, agentSecrets, userId }: SecretContext): SecretOwner[] {
  const agent: SecretOwner[] =
    agentId === undefined || agentSecrets !== true ? [] : [{ scope: 'agent', ownerId: agentId }];
  if (plugin === undefined) return agent;
  return [...(userId === undefined ? [] : [{ scope: 'user', ownerId: userId } as const]), ...agent, PLATFORM];
}

/** Grants that are named replace those before. */
function toGrantRemedy(name: string, plugin: { name: string; secrets: readonly string[] }): string {
  const command = `csp plugin activate ${plugin.name} --grant secrets=${[...plugin.secrets, name].join(',')}`;
  return `Grant it on the page of the plugin, or with ${command} and its other grants`;
}

function toSetRemedy(name: string, { plugin, agentId }: SecretContext): string {
  if (plugin === undefined) return `Set it with csp secrets set ${name} --agent ${agentId ?? 'ID'}`;
  return `Set it on the page Secrets, or with csp secrets set ${name}; your own with --user`;
}

function toMissing(name: string, { plugin, agentId }: SecretContext): string {
  if (plugin === undefined) return `There is no secret ${name} of the agent ${agentId ?? ''}. Set it for the agent`;
  return `There is no secret ${name}, which the plugin ${plugin.name} needs. Set your own in the settings, or ask an operator to set one`;
}
