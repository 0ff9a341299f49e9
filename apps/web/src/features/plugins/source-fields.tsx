import { useId } from 'react';

import { Field } from '../../ui/field.tsx';
import { FIELD } from './field-looks.ts';
import { LinesField } from './lines-field.tsx';
import { t } from './messages.ts';
import type { SourceDraft } from './to-source.ts';

const { fields } = t;
/** Names, paths and commands are not words. */
const AS_TYPED = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;

export interface SourceFieldsProps {
  draft: SourceDraft;
  onChange: (changes: Partial<SourceDraft>) => void;
}

/** What the chosen way to take a plugin in needs. */
export function SourceFields({ draft, onChange }: SourceFieldsProps) {
  const text = (
    key: 'path' | 'package' | 'version' | 'repository' | 'ref' | 'folder' | 'plugin' | 'name' | 'command',
  ) => ({
    ...{ ...AS_TYPED, value: draft[key], onValue: (value: string) => onChange({ [key]: value }) },
  });
  const marketplace = (
    <Field label={fields.plugin} help={fields.pluginHelp} required={false} maxLength={200} {...text('plugin')} />
  );
  switch (draft.way) {
    case 'npm':
      return (
        <>
          <Field label={fields.package} help={fields.packageHelp} {...text('package')} />
          <Field label={fields.version} help={fields.versionHelp} required={false} {...text('version')} />
          <LinesField
            {...{ label: fields.args, help: fields.npmArgsHelp, value: draft.args }}
            onValue={(args) => onChange({ args })}
          />
          <LinesField
            {...{ label: fields.env, help: fields.npmEnvHelp, value: draft.env }}
            onValue={(env) => onChange({ env })}
          />
        </>
      );
    case 'git':
      return (
        <>
          <Field label={fields.repository} placeholder="https://" {...text('repository')} />
          <Field label={fields.ref} help={fields.refHelp} required={false} {...text('ref')} />
          <Field label={fields.folder} help={fields.folderHelp} required={false} {...text('folder')} />
          {marketplace}
        </>
      );
    case 'path':
      return (
        <>
          <Field label={fields.path} help={fields.pathHelp} placeholder="/" {...text('path')} />
          {marketplace}
        </>
      );
    case 'archive':
      return (
        <>
          <FileField onFile={(file) => onChange({ file })} />
          {marketplace}
        </>
      );
    case 'command':
      return (
        <>
          <Field label={fields.name} maxLength={200} {...text('name')} />
          <Field label={fields.command} placeholder="npx" {...text('command')} />
          <LinesField
            {...{ label: fields.args, help: fields.argsHelp, value: draft.args }}
            onValue={(args) => onChange({ args })}
          />
          <LinesField
            {...{ label: fields.env, help: fields.envHelp, value: draft.env }}
            onValue={(env) => onChange({ env })}
          />
        </>
      );
    case 'url':
      return (
        <>
          <Field label={fields.name} maxLength={200} {...text('name')} />
          <Field
            {...{ ...AS_TYPED, label: fields.url, type: 'url', placeholder: 'https://', value: draft.url }}
            onValue={(url) => onChange({ url })}
          />
          <Transport {...{ draft, onChange }} />
          <LinesField
            {...{ label: fields.headers, help: fields.headersHelp, value: draft.headers }}
            onValue={(headers) => onChange({ headers })}
          />
        </>
      );
  }
}

/** Chooses an archive from the person's computer. */
export function FileField({ onFile }: { onFile: (file: File | null) => void }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {fields.file}
      </label>
      <input
        id={id}
        type="file"
        required
        accept=".tgz,.tar,.zip,.gz,.mcpb,.dxt"
        aria-describedby={`${id}-help`}
        onChange={(event) => onFile(event.target.files?.[0] ?? null)}
        className={`${FIELD} py-1.5`}
      />
      <p id={`${id}-help`} className="mt-1 text-sm text-muted">
        {fields.fileHelp}
      </p>
    </div>
  );
}

function Transport({ draft, onChange }: SourceFieldsProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {fields.transport}
      </label>
      <select
        id={id}
        value={draft.transport}
        onChange={(event) => onChange({ transport: event.target.value as SourceDraft['transport'] })}
        className={FIELD}
      >
        {Object.entries(fields.transports).map(([transport, name]) => (
          <option key={transport} value={transport}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
