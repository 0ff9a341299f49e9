import type { FolderRootListing, FolderRootResource, SessionCreateParams } from '@claude-sdk-pattern/protocol';
import type { FolderMode } from '@claude-sdk-pattern/protocol/v1';
import { ChevronRight, CornerLeftUp, Folder, FolderGit2, HardDrive, X } from 'lucide-react';
import { useCallback, useId, type ReactNode } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './folder-messages.ts';

/** The folder of the server that a new session begins with; undefined where it begins with none. */
export type ChosenFolder = { root: FolderRootResource; path: string; mode: FolderMode } | undefined;

/** What the API takes. A copy is the folder in which the agent works, so that its instructions hold there. */
export function toFolderResources(chosen: ChosenFolder): Pick<SessionCreateParams, 'resources'> {
  if (chosen === undefined) return {};
  const { root, path, mode } = chosen;
  return {
    resources: [
      {
        ...{ type: 'local_folder', path: path === '' ? root.path : `${root.path}/${path}`, mode },
        ...(mode !== 'direct' && { mount_path: '/workspace' }),
      },
    ],
  };
}

interface FolderFieldsProps {
  /** Those that sessions of the account may use; not empty. */
  roots: readonly FolderRootResource[];
  chosen: NonNullable<ChosenFolder>;
  onChoose: (chosen: ChosenFolder) => void;
}

/** The button that opens the choice. */
export function FolderButton({ onPress }: { onPress: () => void }) {
  return (
    <Button look="quiet" onClick={onPress}>
      <HardDrive aria-hidden className="size-4" />
      {t.start}
    </Button>
  );
}

/** Chooses a granted folder, one in it, and how the agent gets it. */
export function FolderFields({ roots, chosen, onChoose }: FolderFieldsProps) {
  const { api } = useServices();
  const id = useId();
  const { root, path, mode } = chosen;
  const { value, problem, reload } = useLoaded(
    useCallback(() => api.folders.browse(root.id, path), [api, root.id, path]),
  );
  const open = (next: string) => onChoose({ ...chosen, path: next });
  const isStale = value !== null && value.path !== toWhole(root, path);
  const listing = isStale ? null : value;
  const needsGit = mode === 'worktree' && listing !== null && !listing.is_repository;
  return (
    <fieldset className="mt-4 rounded-md border border-line p-3">
      <legend className="sr-only">{t.start}</legend>
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <label htmlFor={id} className="mb-1 block text-sm font-semibold">
            {t.root}
          </label>
          <select
            id={id}
            value={root.id}
            onChange={(event) => {
              const next = roots.find((each) => each.id === event.target.value);
              if (next) onChoose({ root: next, path: '', mode: next.modes[0] ?? 'copy' });
            }}
            className="tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
          >
            {roots.map((each) => (
              <option key={each.id} value={each.id}>
                {each.label}
              </option>
            ))}
          </select>
        </div>
        <IconButton label={t.leaveOut} onClick={() => onChoose(undefined)}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
      {problem !== null && (
        <div className="mt-3">
          <Trouble text={t.failed} problem={problem} onRetry={reload} />
        </div>
      )}
      {problem === null && <Browser {...{ root, path, listing }} onOpen={open} />}
      <div className="mt-3">
        <Segments
          label={t.mode}
          value={mode}
          options={root.modes.map((each) => [each, t.modes[each]] as const)}
          onChange={(next) => onChoose({ ...chosen, mode: next })}
        />
        <p className={`mt-2 text-sm ${needsGit ? 'text-warn' : 'text-muted'}`}>
          {needsGit ? t.notGit : t.modeHelp[mode]}
        </p>
      </div>
    </fieldset>
  );
}

interface BrowserProps {
  root: FolderRootResource;
  /** From the granted folder. */
  path: string;
  /** Null while it loads. */
  listing: FolderRootListing | null;
  onOpen: (path: string) => void;
}

/** The folder that is chosen, and those in it. */
function Browser({ root, path, listing, onOpen }: BrowserProps) {
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const parentName = parent === '' ? root.label : parent.slice(parent.lastIndexOf('/') + 1);
  return (
    <>
      <p className="mt-3 flex flex-wrap items-center gap-x-2 text-sm" aria-live="polite">
        <span className="font-semibold">{t.chosen}</span>
        <code className="min-w-0 font-mono text-sm wrap-anywhere">{toWhole(root, path)}</code>
        {listing?.is_repository === true && <Git />}
      </p>
      <ul aria-label={t.choose} className="mt-2 max-h-44 overflow-y-auto rounded-sm border border-line">
        {path !== '' && (
          <li>
            <Row onPress={() => onOpen(parent)} label={t.up(parentName)}>
              <CornerLeftUp aria-hidden className="size-4 shrink-0 text-muted" />
              {parentName}
            </Row>
          </li>
        )}
        {listing?.folders.map(({ name, is_repository: isRepository }) => (
          <li key={name}>
            <Row onPress={() => onOpen(path === '' ? name : `${path}/${name}`)} label={t.open(name)}>
              {isRepository ? (
                <FolderGit2 aria-hidden className="size-4 shrink-0 text-muted" />
              ) : (
                <Folder aria-hidden className="size-4 shrink-0 text-muted" />
              )}
              <span className="min-w-0 flex-1 truncate">{name}</span>
              {isRepository && <Git />}
              <ChevronRight aria-hidden className="size-4 shrink-0 text-muted" />
            </Row>
          </li>
        ))}
        {listing === null && <li className="px-3 py-2 text-sm text-muted">{t.loading}</li>}
        {listing?.truncated === true && <li className="px-3 py-2 text-sm text-muted">{t.more}</li>}
        {listing?.folders.length === 0 && <li className="px-3 py-2 text-sm text-muted">{t.none}</li>}
      </ul>
    </>
  );
}

function Row({ label, onPress, children }: { label: string; onPress: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onPress}
      className="tap flex min-h-9 w-full items-center gap-2 px-3 text-left hover:bg-hover"
    >
      {children}
    </button>
  );
}

function Git() {
  return <span className="rounded-sm bg-surface px-1.5 text-xs font-semibold text-muted">{t.repository}</span>;
}

function toWhole(root: FolderRootResource, path: string): string {
  return path === '' ? root.path : `${root.path}/${path}`;
}
