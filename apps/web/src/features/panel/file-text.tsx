import { useEffect, useMemo, useState } from 'react';

import { ColouredLines, HighlightedCode } from '../../markdown/highlighted-code.tsx';
import type { CodeLine } from '../../markdown/highlight-message.ts';
import { languageOfPath } from '../../markdown/language-of-path.ts';
import { openPanel } from '../../services/panel-route.ts';
import { useSession } from '../../session/session-context.ts';
import { findLongest, LineBlocks } from './line-blocks.tsx';

/**
 * A text up to this length is highlighted as a whole. The parts of a longer text are highlighted separately, which may
 * colour some lines wrongly.
 */
const MAX_WHOLE_CHARS = 100_000;

export interface FileTextProps {
  path: string;
  text: string;
  line?: number;
}

/** The text of a file with line numbers and syntax highlighting. */
export function FileText({ path, text, line }: FileTextProps) {
  const sessionId = useSession((state) => state.sessionId);
  const lines = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  const longest = useMemo(() => findLongest(lines), [lines]);
  const language = languageOfPath(path);
  const whole = useWholeHighlight(text, language);
  return (
    <LineBlocks
      count={lines.length}
      longest={longest}
      label={path}
      numbers
      onLine={(clicked) => openPanel(sessionId, { tab: 'file', path, line: clicked })}
      {...(line !== undefined && { line })}
    >
      {(from, to, near) => {
        if (near && whole !== null) return <ColouredLines lines={whole.slice(from, to)} />;
        const code = lines.slice(from, to).join('\n');
        return near && text.length > MAX_WHOLE_CHARS ? (
          <HighlightedCode code={code} language={language} />
        ) : (
          <code>{code}</code>
        );
      }}
    </LineBlocks>
  );
}

/** The highlighted lines of a text that is short enough; null until they are ready, and for a longer text. */
function useWholeHighlight(text: string, language: string): readonly CodeLine[] | null {
  const [done, setDone] = useState<{ text: string; lines: readonly CodeLine[] | null } | null>(null);
  useEffect(() => {
    if (language === '' || text.length > MAX_WHOLE_CHARS) return undefined;
    let current = true;
    import('../../markdown/highlighter.ts')
      .then(({ highlight }) => highlight(text.replace(/\n$/, ''), language))
      .then(
        (lines) => current && setDone({ text, lines }),
        // If the highlighter cannot be loaded, the text stays plain.
        () => {},
      );
    return () => {
      current = false;
    };
  }, [text, language]);
  return done?.text === text ? done.lines : null;
}
