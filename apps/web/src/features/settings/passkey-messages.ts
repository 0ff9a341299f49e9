/** The English texts about passkeys. A language is added as in `messages/en.ts`. */
export const t = {
  title: 'Passkeys',
  help: 'Sign in with your fingerprint, face or screen lock.',
  none: 'You have no passkeys.',
  noneAndNoPassword: 'You have no passkeys, and this server takes no passwords. Add one, or you cannot come back.',
  failed: 'Your passkeys could not be loaded or changed.',
  add: 'Add a passkey',
  addTitle: 'Add a passkey',
  addHelp: 'Your browser asks where to keep it: on this device, in a password manager or on a security key.',
  name: 'Name',
  nameHelp: 'To tell it from your other ones.',
  next: 'Continue',
  cancelled: 'No passkey was made. Try again.',
  already: 'That device or password manager has a passkey for this account already.',
  added: (ago: string) => `added ${ago}`,
  used: (ago: string) => `last used ${ago}`,
  unused: 'never used',
  only: (domain: string) => `only for ${domain}`,
  rename: 'Rename',
  renameOf: (name: string) => `Rename ${name}`,
  remove: 'Remove',
  removeOf: (name: string) => `Remove ${name}`,
  removeTitle: (name: string) => `Remove “${name}”?`,
  removeHelp:
    'Nobody can sign in with it any more, and whoever did is signed out at once. Delete it from the device or password manager, too.',
  save: 'Save',
  done: { add: 'The passkey is added', rename: 'The passkey is renamed', remove: 'The passkey is removed' },
  /** Before the link to where they work. */
  elsewhere:
    'Passkeys work only at another address of this server. You sign in there once more: your browser keeps sign-ins for each address by itself.',
  local:
    'It opens only in a browser on the server’s own machine. On other machines they need an https address with a name, which an administrator sets as CLAUDE_SDK_PATTERN_PUBLIC_URL.',
  nowhere:
    'Browsers allow passkeys only at an https address with a name. An administrator sets it as CLAUDE_SDK_PATTERN_PUBLIC_URL.',
  unsupported: 'This browser does not support passkeys.',
  newSignIn: 'To add one, sign in again without an API key, or set a password first.',
  newSignInAlone: 'To add one, sign in again without an API key.',
  provider: 'You sign in with your provider, which may have passkeys.',
} as const;
