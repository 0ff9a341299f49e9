import { X } from 'lucide-react';

import { IconButton } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { t } from './repository-messages.ts';
import type { WrittenRepository } from './written-repository.ts';

/** The address of a repository, its branch, and a token for a private one; unfolded, what few repositories need. */
export function RepositoryFields({
  written,
  onWrite,
}: {
  written: WrittenRepository;
  onWrite: (written: WrittenRepository | undefined) => void;
}) {
  const set = (change: Partial<WrittenRepository>) => onWrite({ ...written, ...change });
  return (
    <fieldset className="mt-4 rounded-md border border-line p-3">
      <legend className="sr-only">{t.legend}</legend>
      <div className="grid gap-3 md:grid-cols-[2fr_1fr_1fr_auto]">
        <Field
          {...{ label: t.url, value: written.url, onValue: (url: string) => set({ url }), autoFocus: true }}
          {...{ placeholder: 'https://github.com/owner/name', inputMode: 'url', autoComplete: 'off', required: false }}
        />
        <Field
          {...{ label: t.branch, value: written.branch, onValue: (branch: string) => set({ branch }) }}
          {...{ placeholder: t.defaultBranch, autoComplete: 'off', required: false }}
        />
        <Field
          {...{ label: t.token, value: written.token, onValue: (token: string) => set({ token }) }}
          {...{ placeholder: t.noToken, type: 'password', autoComplete: 'off', required: false }}
          disabled={written.secret !== ''}
        />
        <div className="flex items-end justify-end">
          <IconButton label={t.leaveOut} onClick={() => onWrite(undefined)}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
      </div>
      <p className="mt-2 text-sm text-muted">{t.help}</p>
      <details className="mt-2">
        <summary className="tap w-fit cursor-pointer text-sm font-semibold text-accent hover:underline">
          {t.more}
        </summary>
        <div className="mt-2 grid gap-3 md:grid-cols-2">
          <Field
            {...{ label: t.subfolder, value: written.subfolder, onValue: (subfolder: string) => set({ subfolder }) }}
            {...{ placeholder: t.wholeRepository, help: t.subfolderHelp, autoComplete: 'off', required: false }}
          />
          <Field
            {...{ label: t.secret, value: written.secret, onValue: (secret: string) => set({ secret }) }}
            {...{ placeholder: t.noSecret, help: t.secretHelp, autoComplete: 'off', required: false }}
          />
        </div>
        <label className="tap mt-3 flex w-fit items-center gap-2">
          <input
            type="checkbox"
            checked={written.submodules}
            onChange={({ target }) => set({ submodules: target.checked })}
          />
          {t.submodules}
        </label>
      </details>
    </fieldset>
  );
}
