import { lazy, Suspense, useState, type ReactNode } from 'react';

import { t } from '../../messages/index.ts';
import { useDirectFolders } from '../../services/direct-folders.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { FolderChanges } from './folder-changes.tsx';
import { CommentsBar } from './comments-bar.tsx';
import { RecordedChanges } from './recorded-changes.tsx';
import { ToldChanges } from './told-changes.tsx';
import { useChanges, type ChangedIn } from './use-changes.ts';

const GitSection = lazy(() => import('./git-section.tsx').then(({ GitSection: Section }) => ({ default: Section })));

/** What changed in the files of the session, each with its difference. */
export function ChangesTab({ path }: { path: string | undefined }) {
  const [changedIn, setChangedIn] = useState<ChangedIn>(null);
  const { value, problem, revision } = useChanges(changedIn);
  const mayDrive = useMayDrive();
  const folders = useDirectFolders();
  return (
    <>
      {toContent()}
      {mayDrive && <CommentsBar />}
      {mayDrive && (
        <Suspense fallback={null}>
          <GitSection revision={revision} />
        </Suspense>
      )}
    </>
  );

  function toContent(): ReactNode {
    // Before the first turn nothing is recorded, and on some servers nothing ever is.
    if (problem !== null && value === null)
      return (
        <>
          {folders.length > 0 && <FolderChanges folders={folders} path={path} changedIn={changedIn} isTold />}
          <ToldChanges path={path} />
        </>
      );
    if (value === null) return <p className="anim-late px-4 py-3 text-sm text-muted">{t.app.loading}</p>;
    return (
      <RecordedChanges {...{ value, revision, path, changedIn }} onChangedIn={setChangedIn}>
        {folders.length > 0 && <FolderChanges {...{ folders, path, changedIn }} />}
      </RecordedChanges>
    );
  }
}
