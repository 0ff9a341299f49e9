import { CspError } from '@claude-sdk-pattern/protocol';

/**
 * Refuses a password where the server takes none. Call it before the password is looked at.
 * @throws CspError `permission_denied`
 */
export function assertTakesPasswords(takesPasswords: boolean): void {
  if (!takesPasswords)
    throw new CspError(
      'permission_denied',
      'This server takes no passwords: CLAUDE_SDK_PATTERN_PASSWORD_SIGN_IN is off. Sign in by single sign-on or with a passkey.',
    );
}
