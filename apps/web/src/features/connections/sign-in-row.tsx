import type { McpSignInResource } from '@claude-sdk-pattern/protocol';

import { Button } from '../../ui/button.tsx';
import { t } from './messages.ts';
import { SignInButton } from './sign-in-button.tsx';

interface SignInRowProps {
  signIn: McpSignInResource;
  /** In place of the server's name, where that is clear. */
  title?: string;
  onEnd: () => void;
}

/** One sign-in: to which server, whether it serves, and the ways on and out. */
export function SignInRow({ signIn, title, onEnd }: SignInRowProps) {
  const { server_name: name, server_url: url, scope, plugin, status, problem } = signIn;
  const isGood = status === 'signed_in';
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 border-t border-line px-4 py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold wrap-anywhere">{title ?? name}</p>
        <p className="text-sm wrap-anywhere text-muted">{url}</p>
        <p className="nums text-sm wrap-anywhere text-muted">
          <span className={isGood ? 'font-semibold text-ok' : 'font-semibold text-warn'}>
            {isGood ? t.signedIn : t.needed}
          </span>
          {isGood ? ` · ${t.at(signIn.issuer)}${toLasting(signIn)}` : ` · ${problem ?? ''}`}
        </p>
      </div>
      {!isGood && (
        <SignInButton
          server={plugin === null ? { server_url: url } : { plugin, server: name }}
          scope={scope}
          label={t.signInAgain}
          size="small"
        />
      )}
      <Button size="small" aria-label={t.signOutOf(name)} onClick={onEnd}>
        {t.signOut}
      </Button>
    </li>
  );
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function toLasting({ renews, expires_at: expiresAt }: McpSignInResource): string {
  if (renews) return ` · ${t.renews}`;
  return expiresAt === null ? '' : ` · ${t.until(TIME.format(Date.parse(expiresAt)))}`;
}
