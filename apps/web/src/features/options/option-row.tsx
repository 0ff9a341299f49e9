import type { ExplainedOption } from '@claude-sdk-pattern/protocol';
import { Fragment } from 'react';
import { Link } from 'wouter';

import { JsonView } from '../tools/json-view.tsx';
import { t } from './messages.ts';

/** One option: what it is called, its value, and where that comes from. */
export function OptionRow({ option }: { option: ExplainedOption }) {
  const { name, is_set: isSet, value, reason } = option;
  const label = t.labels[name];
  return (
    <li className="flex flex-col gap-1 border-t border-line px-4 py-3 first:border-t-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="min-w-0 wrap-anywhere">
          {label !== undefined && <span className="font-semibold">{label} </span>}
          <code className="font-mono text-sm text-muted">{name}</code>
        </h3>
        {isSet && <Origin option={option} />}
      </div>
      {isSet && value !== null && (
        <div className="min-w-0 text-sm">
          <OptionValue value={value} />
        </div>
      )}
      {/* Some reasons are just the value. */}
      {(!isSet || reason !== `\`${String(value)}\``) && (
        <p className="text-sm wrap-anywhere text-muted">
          <Reason text={reason} />
        </p>
      )}
    </li>
  );
}

/** Names, such as those of tools, one beside the other; everything else as names and values. */
function OptionValue({ value }: { value: unknown }) {
  const isNames = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
  if (!isNames) return <JsonView value={value} />;
  return (
    <ul className="flex flex-wrap gap-1">
      {value.map((name) => (
        <li key={name}>
          <code className="rounded-sm bg-surface px-1.5 py-0.5 font-mono text-sm wrap-anywhere">{name}</code>
        </li>
      ))}
    </ul>
  );
}

function Origin({ option: { from, names, name } }: { option: ExplainedOption }) {
  // Of the permission mode the name is that of the mode itself.
  const plugins = name === 'permissionMode' ? [] : names;
  return (
    <p className="text-sm wrap-anywhere text-muted" title={t.originHelp[from]}>
      <span className="font-semibold text-text">{t.origins[from]}</span>
      {plugins.map((plugin, index) => (
        <Fragment key={plugin}>
          {index === 0 ? ': ' : ', '}
          <Link
            href={`/operate/plugins/${encodeURIComponent(plugin)}`}
            className="tap inline-flex items-center text-accent underline underline-offset-3"
          >
            {plugin}
          </Link>
        </Fragment>
      ))}
    </p>
  );
}

/** A sentence, with what stands between backticks as code. */
function Reason({ text }: { text: string }) {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return sentence.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="font-mono">
        {part}
      </code>
    ),
  );
}
