import type { NoticeSignIn } from '@claude-sdk-pattern/protocol';

import { useSession } from '../../session/session-context.ts';
import { toSignInKey } from '../../session/session-view.ts';
import { t } from './messages.ts';
import { SignInButton } from './sign-in-button.tsx';

/** What to do about a sign-in that a session misses: the button for its owner, or that it is done. */
export function NoticeSignInAction({ signIn, isOwner }: { signIn: NoticeSignIn; isOwner: boolean }) {
  const state = useSession(({ view }) => view.signIns.get(toSignInKey(signIn)));
  if (signIn.state === 'done') return null;
  if (state === 'done') return <p className="mt-1 text-muted">{t.done}</p>;
  if (!isOwner) return <p className="mt-1 text-muted">{t.onlyOwner}</p>;
  const { plugin, server_name: name, server_url: url } = signIn;
  const server = plugin === null ? { server_url: url ?? '' } : { plugin, server: name };
  return (
    <div className="mt-2">
      <SignInButton server={server} scope="user" label={t.signIn(name)} look="primary" />
    </div>
  );
}
