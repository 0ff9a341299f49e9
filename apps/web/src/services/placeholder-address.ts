/** The address of an account that was never given one ends with this. */
const PLACEHOLDER_DOMAIN = '@localhost.localdomain';

/** Whether an account has no address of its own. */
export function isPlaceholderAddress(email: string): boolean {
  return email.endsWith(PLACEHOLDER_DOMAIN);
}
