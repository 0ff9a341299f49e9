import type { InvitationResource, UserResource } from '@claude-sdk-pattern/protocol';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatDay } from '../../ui/format.ts';
import { t } from './people-messages.ts';

/** Shows a link that works once, for the administrator to send. */
export function InvitationDialog(props: { user: UserResource; invitation: InvitationResource; onClose: () => void }) {
  const { user, invitation, onClose } = props;
  const { bootstrap } = useServices();
  const until = formatDay(invitation.expires_at);
  const resetHelp = bootstrap.password_sign_in ? t.resetHelp : t.resetHelpWithoutPassword;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.linkTitle(user.name)}
      description={user.invited_until === null ? resetHelp(until) : t.linkHelp(until)}
    >
      <div className="mb-4 flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-sm border border-line bg-surface px-3 py-1.5 font-mono text-sm wrap-anywhere">
          {invitation.url}
        </code>
        <CopyButton text={invitation.url} label={t.copyLink} />
      </div>
      <div className="flex justify-end">
        <Button look="primary" onClick={onClose}>
          {t.linkDone}
        </Button>
      </div>
    </Dialog>
  );
}
