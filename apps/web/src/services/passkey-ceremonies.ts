import type { Api } from '../api/api.ts';

/** Loaded when a passkey is made or used: few people need it on a page. */
const loadLibrary = () => import('@simplewebauthn/browser');

/**
 * Asks the authenticator for a new passkey, and adds it to the account.
 * @param currentPassword null for an account without a password
 * @throws ApiError of the server; the error of the browser, see `isCancelled`
 */
export async function addPasskey(
  api: Api,
  { name, currentPassword }: { name: string; currentPassword: string | null },
): Promise<void> {
  const [{ startRegistration }, optionsJSON] = await Promise.all([
    loadLibrary(),
    api.beginPasskey({ current_password: currentPassword }),
  ]);
  await api.addPasskey({ name, credential: await startRegistration({ optionsJSON }) });
}

/**
 * Lets the person pick a passkey in a dialogue of the browser, or, with `autofill`, among the suggestions of the field
 * for the email. Returns what signs in with it. The next call ends an earlier one that still waits.
 * @throws as `addPasskey`
 */
export async function pickPasskey(
  api: Api,
  { autofill, signal }: { autofill: boolean; signal?: AbortSignal },
): Promise<unknown> {
  const [{ startAuthentication, WebAuthnAbortService }, optionsJSON] = await Promise.all([
    loadLibrary(),
    api.beginPasskeySignIn(),
  ]);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', () => WebAuthnAbortService.cancelCeremony(), { once: true });
  return startAuthentication({ optionsJSON, useBrowserAutofill: autofill });
}

/** Whether the browser can suggest passkeys in a field. */
export async function canSuggestPasskeys(): Promise<boolean> {
  return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
}

/** Whether the person closed the browser's dialogue, took too long, or has no passkey that fits: browsers tell no more. */
export function isCancelled(error: unknown): boolean {
  return findName(error) === 'NotAllowedError' || findName(error) === 'AbortError';
}

/** Whether the authenticator has a passkey of this account already. */
export function isAlreadyThere(error: unknown): boolean {
  return findName(error) === 'InvalidStateError';
}

/** The library keeps the name of the browser's error. */
function findName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
