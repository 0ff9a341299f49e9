import type { SessionCreateParams } from '@claude-sdk-pattern/protocol';
import { FolderGit2, X } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';

/** What a new session begins with, as somebody writes it; undefined where it begins with nothing. */
export type WrittenRepository = { url: string; branch: string; token: string } | undefined;

/** Mounted as the folder in which the agent works, so that its instructions hold there. */
export function toResources(written: WrittenRepository): Pick<SessionCreateParams, 'resources'> {
  const url = written?.url.trim() ?? '';
  if (written === undefined || url === '') return {};
  const [branch, token] = [written.branch.trim(), written.token.trim()];
  return {
    resources: [
      {
        ...{ type: 'github_repository', url, mount_path: '/workspace' },
        ...(branch !== '' && { checkout: { type: 'branch', name: branch } }),
        ...(token !== '' && { authorization_token: token }),
      },
    ],
  };
}

/** A line that opens three fields: the address of a repository, its branch, and a token for a private one. */
export function RepositoryFields({
  written,
  onWrite,
}: {
  written: WrittenRepository;
  onWrite: (written: WrittenRepository) => void;
}) {
  const words = t.repository;
  if (written === undefined)
    return (
      <Button look="quiet" onClick={() => onWrite({ url: '', branch: '', token: '' })}>
        <FolderGit2 aria-hidden className="size-4" />
        {words.start}
      </Button>
    );
  const set = (change: Partial<NonNullable<WrittenRepository>>) => onWrite({ ...written, ...change });
  return (
    <fieldset className="mt-4 rounded-md border border-line p-3">
      <legend className="sr-only">{words.start}</legend>
      <div className="grid gap-3 md:grid-cols-[2fr_1fr_1fr_auto]">
        <Field
          {...{ label: words.url, value: written.url, onValue: (url: string) => set({ url }), autoFocus: true }}
          {...{ placeholder: 'https://github.com/owner/name', inputMode: 'url', autoComplete: 'off', required: false }}
        />
        <Field
          {...{ label: words.branch, value: written.branch, onValue: (branch: string) => set({ branch }) }}
          {...{ placeholder: words.defaultBranch, autoComplete: 'off', required: false }}
        />
        <Field
          {...{ label: words.token, value: written.token, onValue: (token: string) => set({ token }) }}
          {...{ placeholder: words.noToken, type: 'password', autoComplete: 'off', required: false }}
        />
        <div className="flex items-end justify-end">
          <IconButton label={words.leaveOut} onClick={() => onWrite(undefined)}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
      </div>
      <p className="mt-2 text-sm text-muted">{words.help}</p>
    </fieldset>
  );
}
