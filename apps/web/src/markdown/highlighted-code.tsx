import { memo, useEffect, useState } from 'react';

import type { CodeLine } from './highlight-message.ts';

/** The parts of longer code are highlighted separately. */
const MAX_CHARS = 150_000;
const MAX_CACHED_CHARS = 2_000_000;
let cachedChars = 0;
const cache = new Map<string, readonly CodeLine[]>();

/** Code with syntax highlighting. It is plain until the highlighter is loaded, and if the language is unknown. */
export const HighlightedCode = memo(function HighlightedCode(props: {
  code: string;
  language: string;
  ready?: boolean;
}) {
  const lines = useHighlighted(props.code, props.language, props.ready ?? true);
  if (lines === null) return <code>{props.code}</code>;
  return <ColouredLines lines={lines} />;
});

/** Lines in their colours, with line breaks between them. */
export function ColouredLines({ lines }: { lines: readonly CodeLine[] }) {
  return (
    <code>
      {lines.map((line, index) => (
        <span key={index}>
          {line.map((part, at) =>
            part.color === null ? (
              part.text
            ) : (
              <span key={at} style={{ color: part.color }}>
                {part.text}
              </span>
            ),
          )}
          {index < lines.length - 1 && '\n'}
        </span>
      ))}
    </code>
  );
}

/** The highlighted lines of a code block, or null if there are none. */
export function useHighlighted(code: string, language: string, ready: boolean): readonly CodeLine[] | null {
  const wanted = ready && language !== '' && code.length <= MAX_CHARS;
  const key = `${language}\n${code}`;
  const [done, setDone] = useState<{ key: string; lines: readonly CodeLine[] | null } | null>(null);
  const known = cache.get(key);
  useEffect(() => {
    if (!wanted || cache.has(key)) return undefined;
    let current = true;
    import('./highlighter.ts')
      .then(({ highlight }) => highlight(code, language))
      .then(
        (lines) => {
          if (lines !== null) remember(key, lines);
          if (current) setDone({ key, lines });
        },
        // If the highlighter cannot be loaded, the code stays plain.
        () => {},
      );
    return () => {
      current = false;
    };
  }, [wanted, key, code, language]);
  if (!wanted) return null;
  return known ?? (done?.key === key ? done.lines : null);
}

function remember(key: string, lines: readonly CodeLine[]): void {
  cache.set(key, lines);
  cachedChars += key.length;
  for (const [oldest] of cache) {
    if (cachedChars <= MAX_CACHED_CHARS) break;
    cache.delete(oldest);
    cachedChars -= oldest.length;
  }
}
