import { may } from '../../access/may.ts';
import { findRelation } from '../../access/relation.ts';
import type { AuditRecorder } from '../../audit/audit-log.ts';
import { SYSTEM } from '../../audit/fact.ts';
import { makeRoom } from '../../lib/make-room.ts';
import { unseal } from '../../secrets/envelope.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { PLATFORM, toSecretFact } from '../../secrets/secret-book.ts';
import type { Store } from '../../store/port.ts';
import type { SecretOwner, SecretPlace, SecretRepository } from '../../store/secrets.ts';
import type { KeyOwner } from '../../store/usage.ts';
import type { TokenHolder } from '../session-tokens.ts';

export type UsableKey =
  /** `secret` is the name of the secret; absent for a key of the server's configuration. */
  { state: 'found'; value: string; owner: KeyOwner; secret?: string } | { state: 'none_needed' };

export type UpstreamKey =
  | UsableKey
  /** Nobody has set this secret for the call, or it is no key. */
  | { state: 'missing'; secret: string };

/** Finds the key of a call by whose it is. Rejects where it cannot be read. */
export type FindKey = (holder: Pick<TokenHolder, 'ownerId' | 'agentId'>) => Promise<UpstreamKey>;

/** The same key for every call. */
export function createFixedKey(value: string | undefined): FindKey {
  const key = Promise.resolve<UpstreamKey>(
    value === undefined ? { state: 'none_needed' } : { state: 'found', value, owner: 'server' },
  );
  return () => key;
}

export interface SecretKeysDeps {
  secrets: Pick<SecretRepository, 'find'>;
  /** Those whose keys somebody else may use. */
  agents: Pick<Store['agents'], 'find'>;
  keyring: Keyring;
  audit: Pick<AuditRecorder, 'record'>;
  uptimeMs(): number;
}

/** How long a value serves before it is read again: a secret that was changed or removed acts within this time. */
const FRESH_MS = 2000;
const MAX_READ = 2000;

/** What a header takes, or JSON with the keys of a cloud. */
const USABLE = /^(?:[ -~]+|\{[^]*\})$/;

interface Read {
  atMs: number;
  value: Promise<string | undefined>;
}

/**
 * Keys that are secrets: of a call the secret of this name that the session's owner has, or else its agent, or else the
 * platform. The key of an agent serves those who may use the agent: who has forked a session of somebody else's agent has it no
 * longer. They are read again after two seconds, also where another server changed them. The audit log tells when a value
 * is used first.
 */
export function createSecretKeys({ secrets, agents, keyring, audit, uptimeMs }: SecretKeysDeps) {
  const reads = new Map<string, Read>();
  const used = new Map<string, string>();

  async function open(place: SecretPlace, upstream: string): Promise<string | undefined> {
    const sealed = await secrets.find(place);
    if (sealed === undefined) return undefined;
    const id = toId(place, upstream);
    // A header takes no new line, which a value from a file often ends with.
    const value = unseal(keyring, place, sealed).trim();
    if (used.get(id) !== sealed.ciphertext) {
      const { target, details } = toSecretFact(place);
      await audit.record({ actor: SYSTEM, action: 'secret.use', target, details: { ...details, upstream } });
      makeRoom(used, MAX_READ);
      used.set(id, sealed.ciphertext);
    }
    return value;
  }

  function read(place: SecretPlace, upstream: string): Promise<string | undefined> {
    const id = toId(place, upstream);
    const before = reads.get(id);
    if (before !== undefined && uptimeMs() - before.atMs < FRESH_MS) return before.value;
    // While the database is away the last value serves: it may be good, and the upstream says so if it is not.
    const value = open(place, upstream).catch((error: unknown) => {
      if (before !== undefined) return before.value;
      reads.delete(id);
      throw error;
    });
    makeRoom(reads, MAX_READ);
    reads.set(id, { atMs: uptimeMs(), value });
    return value;
  }

  /** Asked for each call that an agent's key would pay: an agent may be made private at any time. */
  async function mayUse(userId: string | null, agentId: string): Promise<boolean> {
    const agent = await agents.find(agentId);
    if (agent === undefined) return false;
    // A process that no session has claimed works for an agent of everybody.
    if (userId === null) return agent.scope === 'organization';
    return may({ role: 'user' }, 'agent.read', findRelation({ userId }, agent));
  }

  return (name: string, upstream: string): FindKey =>
    async (holder) => {
      for (const owner of listOwners(holder)) {
        const value = await read({ ...owner, name }, upstream);
        if (value !== undefined && owner.scope === 'agent' && !(await mayUse(holder.ownerId, owner.ownerId))) continue;
        // Nobody else's key takes the place of one that cannot be sent, and the upstream is not at fault.
        if (value !== undefined && !USABLE.test(value)) break;
        if (value !== undefined) return { state: 'found', value, owner: owner.scope, secret: name };
      }
      return { state: 'missing', secret: name };
    };
}

/** Whoever has a key of their own pays with it. */
function listOwners({ ownerId, agentId }: Parameters<FindKey>[0]): (SecretOwner & { scope: KeyOwner })[] {
  return [
    ...(ownerId === null ? [] : [{ scope: 'user', ownerId } as const]),
    ...(agentId === undefined ? [] : [{ scope: 'agent', ownerId: agentId } as const]),
    PLATFORM,
  ];
}

function toId({ scope, ownerId, name }: SecretPlace, upstream: string): string {
  return JSON.stringify([scope, ownerId, name, upstream]);
}
