import { useState } from 'react';

import { chat } from '../../messages/chat.ts';
import { LongText } from '../../ui/long-text.tsx';
import { isRecord } from './tool-values.ts';

const SHOWN_ENTRIES = 30;
const MAX_DEPTH = 6;

/** A value of unknown shape in readable form: names and values, long texts unchanged, nesting by indentation. */
export function JsonView({ value, depth = 0 }: { value: unknown; depth?: number }) {
  const [all, setAll] = useState(false);
  if (!Array.isArray(value) && !isRecord(value)) return <Scalar value={value} />;
  const entries = Array.isArray(value)
    ? value.map((entry, index) => [String(index + 1), entry] as const)
    : Object.entries(value);
  if (entries.length === 0) return <span className="text-muted">{Array.isArray(value) ? '[ ]' : '{ }'}</span>;
  if (depth >= MAX_DEPTH) return <code className="code-text wrap-anywhere">{JSON.stringify(value)}</code>;
  const shown = all ? entries : entries.slice(0, SHOWN_ENTRIES);
  return (
    <div className={depth === 0 ? undefined : 'border-l-2 border-line pl-3'}>
      <dl className="flex flex-col gap-1 text-sm">
        {shown.map(([name, entry]) => (
          <div key={name} className={isNested(entry) ? undefined : 'flex gap-2'}>
            <dt className="shrink-0 text-muted">{name}</dt>
            <dd className="min-w-0">
              <JsonView value={entry} depth={depth + 1} />
            </dd>
          </div>
        ))}
      </dl>
      {entries.length > shown.length && (
        <button
          type="button"
          className="tap text-sm font-semibold text-accent hover:underline"
          onClick={() => setAll(true)}
        >
          {chat.transcript.showMore(String(entries.length - shown.length))}
        </button>
      )}
    </div>
  );
}

function Scalar({ value }: { value: unknown }) {
  if (typeof value === 'string') {
    if (value === '') return <span className="text-muted">“”</span>;
    return (
      <span className="block max-h-80 overflow-y-auto wrap-anywhere whitespace-pre-wrap">
        <LongText text={value} />
      </span>
    );
  }
  return <code className="code-text text-accent">{String(value)}</code>;
}

function isNested(value: unknown): boolean {
  return (Array.isArray(value) && value.length > 0) || (isRecord(value) && Object.keys(value).length > 0);
}
