import { useId } from 'react';

import { Field } from '../../ui/field.tsx';
import { FieldProblem } from '../../ui/field-problem.tsx';
import { useAfterPress } from '../../ui/use-after-press.ts';
import { FIELD } from './field-looks.ts';
import { suggestFor, type DraftProblems } from './find-draft-problems.ts';
import { LinesField } from './lines-field.tsx';
import { t } from './messages.ts';
import { readPastedServer } from './read-pasted-server.ts';
import type { SourceDraft } from './to-source.ts';

const { fields } = t;
/** Names, paths and commands are not words. */
const AS_TYPED = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;

export interface SourceFieldsProps {
  draft: SourceDraft;
  /** What is wrong, as far as it is shown. */
  problems: DraftProblems;
  onChange: (changes: Partial<SourceDraft>) => void;
  /** The plugins of the marketplace that the source is, as far as they are known. */
  choices?: readonly string[];
  /** Of a server that is there already: its name stays. */
  hasName?: boolean;
  /** A field was left. */
  onLeave: (field: keyof SourceDraft) => void;
}

/** What the chosen way to take a plugin in needs. */
export function SourceFields({ draft, problems, onChange, choices = [], onLeave, hasName = false }: SourceFieldsProps) {
  const afterPress = useAfterPress();
  const text = (
    key: 'path' | 'package' | 'version' | 'repository' | 'ref' | 'folder' | 'plugin' | 'name' | 'command' | 'url',
  ) => ({
    ...{ ...AS_TYPED, value: draft[key] },
    onValue: (value: string) => onChange((!hasName && readPastedServer(value)) || { [key]: value }),
    ...{ problem: problems[key] ?? null, onBlur: () => draft[key] !== '' && afterPress(() => onLeave(key)) },
  });
  const suggest = (field: 'name' | 'command' | 'url') => {
    const found = problems[field] === undefined ? null : suggestFor(field, draft);
    return { suggestion: found && { text: found.text, take: () => onChange(found.changes) } };
  };
  const lines = (key: 'args' | 'env' | 'headers') => ({
    ...{ value: draft[key], onValue: (value: string) => onChange({ [key]: value }) },
    ...{ problem: problems[key] ?? null, onBlur: () => draft[key] !== '' && afterPress(() => onLeave(key)) },
  });
  const marketplace =
    choices.length > 0 ? (
      <PluginChoice {...{ choices, draft, onChange }} />
    ) : (
      <Field label={fields.plugin} help={fields.pluginHelp} required={false} maxLength={200} {...text('plugin')} />
    );
  const name = hasName ? null : <Field label={fields.name} {...text('name')} {...suggest('name')} />;
  switch (draft.way) {
    case 'npm':
      return (
        <>
          <Field label={fields.package} help={fields.packageHelp} {...text('package')} />
          <Field label={fields.version} help={fields.versionHelp} required={false} {...text('version')} />
          <LinesField label={fields.args} help={fields.npmArgsHelp} {...lines('args')} />
          <LinesField label={fields.env} help={fields.npmEnvHelp} {...lines('env')} />
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
          <FileField onFile={(file) => onChange({ file })} problem={problems.file ?? null} />
          {marketplace}
        </>
      );
    case 'command':
      return (
        <>
          {name}
          <Field label={fields.command} help={fields.commandHelp} {...text('command')} {...suggest('command')} />
          <LinesField label={fields.args} help={fields.argsHelp} {...lines('args')} />
          <LinesField label={fields.env} help={fields.envHelp} {...lines('env')} />
        </>
      );
    case 'url':
      return (
        <>
          {name}
          <Field label={fields.url} inputMode="url" placeholder="https://" {...text('url')} {...suggest('url')} />
          <Transport {...{ draft, onChange }} />
          <LinesField label={fields.headers} help={fields.headersHelp} {...lines('headers')} />
        </>
      );
  }
}

/** Chooses an archive from the person's computer. */
export function FileField({
  onFile,
  problem = null,
}: {
  onFile: (file: File | null) => void;
  problem?: string | null;
}) {
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
        aria-invalid={problem !== null || undefined}
        aria-describedby={problem === null ? `${id}-help` : `${id}-help ${id}-problem`}
        onChange={(event) => onFile(event.target.files?.[0] ?? null)}
        className={`${FIELD} py-1.5`}
      />
      <p id={`${id}-help`} className="mt-1 text-sm text-muted">
        {fields.fileHelp}
      </p>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  );
}

/** Chooses a plugin of a marketplace that has several. */
function PluginChoice({
  choices,
  draft,
  onChange,
}: Required<Pick<SourceFieldsProps, 'choices' | 'draft' | 'onChange'>>) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {fields.plugin}
      </label>
      <select
        id={id}
        required
        data-choices=""
        value={draft.plugin}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange({ plugin: event.target.value })}
        className={FIELD}
      >
        <option value="">{fields.choose}</option>
        {choices.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <p id={`${id}-help`} role="status" className="mt-1 text-sm">
        {fields.choiceHelp(choices.length)}
      </p>
    </div>
  );
}

function Transport({ draft, onChange }: Pick<SourceFieldsProps, 'draft' | 'onChange'>) {
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
