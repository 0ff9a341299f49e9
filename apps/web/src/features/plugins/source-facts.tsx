import type { PluginResource } from '@claude-sdk-pattern/protocol';

import type { ReactNode } from 'react';

import { CopyButton } from '../../ui/copy-button.tsx';
import { t } from './messages.ts';

const SHORT_DIGEST = 12;

/** From where a plugin came, what exactly was taken in, and its versions. */
export function SourceFacts({ plugin }: { plugin: PluginResource }) {
  const { source, origin, digest, version, previous, trusted, parts } = plugin;
  const runsHere = parts.some(({ kind }) => kind === 'tool' || kind === 'endpoint');
  return (
    <dl className="grid gap-x-4 gap-y-2 md:grid-cols-[9rem_1fr]">
      {source !== null && <Fact name={t.source}>{toSourceName(source)}</Fact>}
      {source !== null &&
        toFacts(source, ['type']).map(([name, value]) => (
          <Fact key={name} name={name}>
            <code className="font-mono text-sm whitespace-pre-wrap">{value}</code>
          </Fact>
        ))}
      {origin !== null &&
        toFacts(origin, []).map(([name, value]) => (
          <Fact key={name} name={name}>
            <code className="font-mono text-sm whitespace-pre-wrap">{value}</code>
          </Fact>
        ))}
      <Fact name={t.servingVersion}>{version ?? t.noVersion}</Fact>
      {digest !== null && (
        <Fact name={t.digest}>
          <span className="inline-flex items-center gap-1">
            <code className="font-mono text-sm" title={digest}>
              {digest.slice(0, SHORT_DIGEST)}…
            </code>
            <CopyButton text={digest} label={t.copyDigest} />
          </span>
        </Fact>
      )}
      {previous !== null && (
        <Fact name={t.previousVersion}>{previous.version ?? previous.digest.slice(0, SHORT_DIGEST)}</Fact>
      )}
      {runsHere && <Fact name={t.trustedLabel}>{trusted ? t.isTrusted : t.isIsolated}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="min-w-0 wrap-anywhere max-md:mb-1">{children}</dd>
    </div>
  );
}

function toSourceName(source: object): string {
  const type = 'type' in source ? String(source.type) : '';
  return t.sourceNames[type] ?? type;
}

/** Values as text, without those that are empty. */
function toFacts(values: object, without: readonly string[]): [name: string, value: string][] {
  return Object.entries(values)
    .filter(([key, value]) => !without.includes(key) && value !== null && value !== undefined && value !== '')
    .map(([key, value]: [string, unknown]) => [
      t.sourceFields[key] ?? key,
      toText(value, key === 'headers' ? ': ' : '='),
    ]);
}

/** A list in lines, and pairs as people type them. */
function toText(value: unknown, separator: string): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join('\n');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}${separator}${typeof each === 'string' ? each : JSON.stringify(each)}`)
    .join('\n');
}
