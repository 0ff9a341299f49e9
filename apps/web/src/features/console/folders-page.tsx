import type { FolderLeaseResource, FolderRootResource } from '@claude-sdk-pattern/protocol';
import { FolderLock, HardDrive } from 'lucide-react';
import { useCallback, useState } from 'react';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { formatZonedMoment } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { FolderDialog } from './folder-dialog.tsx';
import { t } from './folder-messages.ts';

type Asked =
  | { type: 'new' }
  | { type: 'change' | 'remove'; root: FolderRootResource }
  | { type: 'release'; lease: FolderLeaseResource };

/** For administrators: which folders of the server sessions may use, and which session has one for itself. */
export function FoldersPage() {
  const { api, announcer } = useServices();
  const roots = useLoaded(useCallback(() => api.folders.listRoots(), [api]));
  const leases = useLoaded(useCallback(() => api.folders.listLeases(), [api]));
  const [asked, setAsked] = useState<Asked | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const close = () => setAsked(null);
  const finish = (said: string) => {
    close();
    announcer.say(said);
    roots.reload();
    leases.reload();
  };
  const run = async (work: Promise<void>, said: string) => {
    setFailure(null);
    try {
      await work;
      finish(said);
    } catch (error) {
      close();
      setFailure(toProblem(error));
    }
  };
  const held = leases.value?.data ?? [];
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader
        title={t.title}
        actions={
          <Button size="small" onClick={() => setAsked({ type: 'new' })}>
            {t.add}
          </Button>
        }
      />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">{t.help}</p>
        {failure !== null && <Trouble text="" problem={failure} />}
        {roots.problem !== null && <Trouble text={t.failed} problem={roots.problem} onRetry={roots.reload} />}
        {roots.value?.data.length === 0 && <Nothing />}
        <ul className="flex flex-col gap-2">
          {roots.value?.data.map((root) => (
            <RootRow
              key={root.id}
              root={root}
              onChange={() => setAsked({ type: 'change', root })}
              onRemove={() => setAsked({ type: 'remove', root })}
            />
          ))}
        </ul>
        {held.length > 0 && (
          <section aria-labelledby="held-folders" className="mt-4 flex flex-col gap-2">
            <h2 id="held-folders" className="font-semibold">
              {t.held}
            </h2>
            <p className="text-sm text-muted">{t.heldHelp}</p>
            <ul className="flex flex-col gap-2">
              {held.map((lease) => (
                <LeaseRow key={lease.id} lease={lease} onRelease={() => setAsked({ type: 'release', lease })} />
              ))}
            </ul>
          </section>
        )}
      </div>
      {(asked?.type === 'new' || asked?.type === 'change') && (
        <FolderDialog
          root={asked.type === 'change' ? asked.root : null}
          onClose={close}
          onSaved={() => finish(t.saved)}
        />
      )}
      {asked?.type === 'remove' && (
        <ConfirmDialog
          {...{ danger: true, title: t.removeTitle, help: t.removeHelp(asked.root.path), confirm: t.remove }}
          onClose={close}
          onConfirm={() => void run(api.folders.remove(asked.root.id), t.removed)}
        />
      )}
      {asked?.type === 'release' && (
        <ConfirmDialog
          {...{ danger: true, title: t.releaseTitle, help: t.releaseHelp(asked.lease.path), confirm: t.release }}
          onClose={close}
          onConfirm={() => void run(api.folders.release(asked.lease.id), t.released)}
        />
      )}
    </div>
  );
}

interface RootRowProps {
  root: FolderRootResource;
  onChange: () => void;
  onRemove: () => void;
}

function RootRow({ root, onChange, onRemove }: RootRowProps) {
  const { label, path, roles, modes, problem } = root;
  return (
    <li className="flex flex-col gap-1 rounded-md border border-line bg-raised px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 basis-24 font-semibold wrap-anywhere">{label}</h2>
        <div className="flex shrink-0 gap-2">
          <Button size="small" aria-label={t.changeOf(label)} onClick={onChange}>
            {t.change}
          </Button>
          <Button size="small" look="danger" aria-label={t.removeOf(label)} onClick={onRemove}>
            {t.remove}
          </Button>
        </div>
      </div>
      <code className="font-mono text-sm wrap-anywhere">{path}</code>
      <p className="text-sm text-muted">
        {roles.map((role) => t.roleNames[role]).join(', ')} · {modes.map((mode) => t.modeNames[mode]).join(', ')}
      </p>
      {problem !== null && <p className="text-sm text-warn">{problem}</p>}
    </li>
  );
}

function LeaseRow({ lease, onRelease }: { lease: FolderLeaseResource; onRelease: () => void }) {
  const { path, owner, session_title: title, taken_at: takenAt } = lease;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-line bg-raised px-4 py-3">
      <FolderLock aria-hidden className="size-4 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-48">
        <code className="font-mono text-sm wrap-anywhere">{path}</code>
        <p className="text-sm text-muted wrap-anywhere">
          {title ?? t.by(owner.name ?? t.gone)} · {formatZonedMoment(Date.parse(takenAt))}
        </p>
      </div>
      <Button size="small" look="danger" aria-label={t.releaseOf(path)} onClick={onRelease}>
        {t.release}
      </Button>
    </li>
  );
}

function Nothing() {
  return (
    <div className="py-16 text-center">
      <HardDrive size={24} aria-hidden className="mx-auto mb-3 text-muted" />
      <p className="font-semibold">{t.empty}</p>
      <p className="text-muted">{t.emptyHelp}</p>
    </div>
  );
}
