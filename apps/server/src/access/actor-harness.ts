import type { Actor, Role } from '../identity/actor.ts';

/** For tests: a user of this role who came in with an API key. */
export function toTestActor(userId: string, role: Role = 'user'): Actor {
  return { userId, name: userId, email: `${userId}@example.com`, role, via: 'api_key', credentialId: `key_${userId}` };
}
