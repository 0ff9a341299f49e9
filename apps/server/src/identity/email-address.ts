/**
 * An email address as it is stored and compared: with A–Z in lower case. Other letters stay what they are, since some
 * become ASCII in lower case: the Kelvin sign (U+212A) becomes `k`, and would lead to somebody else's account.
 */
export function toStoredEmail(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether an address may lead to an account. One with other characters than ASCII could look like that of another. */
export function isPlainEmail(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
