import type { Fact } from '../audit/fact.ts';
import type { SecretPlace } from '../store/secrets.ts';
import type { KeptSignIn } from './kept-sign-ins.ts';

/** A sign-in in the audit log: to which server, by whom it is kept, and never a token. */
export function toSignInFact(
  action: Extract<Fact['action'], `mcp_sign_in.${string}`>,
  { ownerId }: Pick<SecretPlace, 'ownerId'>,
  { address, server }: Pick<KeptSignIn, 'address' | 'server'>,
): Pick<Fact, 'action' | 'target' | 'details'> {
  // Its query may be private.
  const { origin, pathname } = new URL(address);
  return {
    action,
    target: { type: 'mcp_server', id: `${origin}${pathname}` },
    details: {
      ...(ownerId === '' ? { scope: 'platform' } : { scope: 'user', owner_id: ownerId }),
      issuer: server.issuer,
    },
  };
}
