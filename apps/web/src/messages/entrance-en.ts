/** The English texts of signing in and of invitations. */
export const enEntrance = {
  signIn: {
    title: 'Sign in',
    lead: 'Claude agents in your browser.',
    withKey: 'API key',
    withPassword: 'Email',
    keyLabel: 'API key',
    keyHelp:
      'Ask an administrator for a key. On the server’s machine or in its container, “csp sign-in-link” prints a one-time sign-in link; in a checkout, “npm run csp -- sign-in-link”.',
    email: 'Email',
    password: 'Password',
    submit: 'Sign in',
    submitting: 'Signing in…',
    linkWorking: 'Signing you in with your one-time link…',
    linkFailed:
      'This sign-in link was already used or has expired. On the server’s machine or in its container, “csp sign-in-link” prints a new one; in a checkout, “npm run csp -- sign-in-link”.',
    already: 'You are already signed in.',
    goOn: 'Continue',
    wrong: 'The sign-in was refused. Check what you entered and try again.',
    withPasskey: 'Sign in with a passkey',
    passkeyAt: 'Passkeys work at',
    passkeyLocal: 'That works only in a browser on the server’s own machine.',
    passkeyCancelled: 'No passkey was used. Try again, or sign in another way.',
    passkeyRefused: 'This passkey is not known here. It may have been removed. Sign in another way.',
    signedOut: {
      'signed-out': 'You were signed out. Sign in again to continue. Nothing is lost.',
      'account-locked':
        'Your account is locked, so you were signed out everywhere. Ask an administrator of this server: they can unlock it.',
      'account-removed':
        'Your account was removed, so you were signed out everywhere. Ask an administrator of this server whether that was meant, and what has become of your sessions.',
    },
    continueWith: (name: string) => `Continue with ${name}`,
    or: 'or',
    otherwiseKey: 'Use an API key',
    /** By the code with which the server sends people back from single sign-on. */
    problems: {
      access_denied:
        'The sign-in was cancelled, or your provider did not allow it. Try again, or ask an administrator.',
      provider_unavailable: 'Your sign-in provider does not answer. Try again in a minute.',
      provider_refused:
        'Your sign-in provider refused the request. An administrator has to check how this server is set up there.',
      answer_not_valid:
        'The answer of your sign-in provider could not be verified, so nobody was signed in. Try again. If it happens again, ask an administrator.',
      expired:
        'This sign-in took too long, or was begun in another window or browser. Start again, and stay in this window.',
      email_not_verified: 'Your sign-in provider has not verified your email address. Verify it there, then try again.',
      unknown_person: 'You have no account here yet. Ask an administrator to make one with your email address.',
      not_in_group:
        'At your provider you are in no group that may sign in here. Ask an administrator to add you, then try again.',
      account_taken:
        'The account with your email address may be somebody else’s. Ask an administrator to check whose address it is.',
      other_invitation:
        'The invitation is not for the person who signed in at your provider. Sign in there with the address below, or ask an administrator for an invitation to your other address.',
      locked: 'This account is locked. Ask an administrator to unlock it.',
      too_many_attempts: 'There were too many attempts to sign in. Wait a minute, then try again.',
      failed: 'The sign-in failed on the server. Try again, or ask an administrator.',
    },
  },
  invite: {
    lead: 'Welcome. Choose your name and password.',
    leadWithChoice: 'Welcome. Choose how you sign in.',
    leadAccepted: 'Welcome. One more step.',
    signOnAs: (email: string) => `Sign in there as ${email}.`,
    loading: 'Looking at your invitation…',
    over: 'This link no longer works: it was used, has expired, or the account is locked. Ask an administrator for a new one.',
    signIn: 'Go to sign-in',
    name: 'Your name',
    password: 'Password',
    passwordHelp: (least: number) => `At least ${least} characters.`,
    accept: 'Set password and sign in',
    acceptWithPasskey: 'Continue with a passkey',
    passkeyNext:
      'Your browser then asks you to make a passkey: you sign in with your fingerprint, face or screen lock.',
    passkeyWorking: 'Your browser asks you to make a passkey…',
    passkeyCancelled:
      'You are signed in, but no passkey was made. Without one you cannot come back once this sign-in ends. Try again, or add one later in Settings.',
    passkeyAt: 'To sign in with a passkey, open this invitation at',
    later: 'Later',
    noWay: {
      nowhere:
        'This server takes no passwords, and browsers do not allow passkeys at its address. Ask an administrator to set CLAUDE_SDK_PATTERN_PUBLIC_URL.',
      unsupported:
        'This server takes no passwords, and this browser has no passkeys. Open the link in another browser.',
    },
  },
} as const;
