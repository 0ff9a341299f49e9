import type { SessionResource } from '@claude-sdk-pattern/protocol';

import { t } from '../../messages/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ShareForm } from './share-form.tsx';
import { ShareList } from './share-list.tsx';
import { useShares } from './use-shares.ts';

/** With whom a session is shared: add a person, change a level, end a share. */
export function ShareDialog({ session, onClose }: { session: SessionResource | null; onClose: () => void }) {
  if (session === null) return null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.sharing.title}
      description={t.sharing.help(session.title ?? t.sessions.untitled)}
    >
      <ShareContent session={session} />
    </Dialog>
  );
}

function ShareContent({ session }: { session: SessionResource }) {
  const shares = useShares(session.id);
  return (
    <>
      <ShareForm onShare={shares.share} />
      {shares.problem !== null && (
        <p role="alert" className="mt-3 rounded-sm bg-bad-soft px-3 py-2 text-sm">
          {shares.problem.message}
        </p>
      )}
      <ShareList
        owner={session.shared?.owner ?? null}
        shares={shares.shares}
        onLevel={shares.setLevel}
        onEnd={shares.end}
      />
    </>
  );
}
