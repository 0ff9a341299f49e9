import { useEffect, useMemo, useState } from 'react';

import { ColouredLines, HighlightedCode } from '../../markdown/highlighted-code.tsx';
import type { CodeLine } from '../../markdown/highlight-message.ts';
import { languageOfPath } from '../../markdown/language-of-path.ts';
import { findLongest, LineBlocks } from './line-blocks.tsx';

/** A text up to this length is coloured as a whole, and so rightly; parts of a longer one each by itself. */
const MAX_WHOLE_CHARS = 100_000;

export interface FileTextProps {
  path: string;
  text: string;
  line?: number;
}

/** The text of a file with numbered lines in its colours. */
export function FileText({ path, text, line }: FileTextProps) {
  const lines = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  const longest = useMemo(() => findLongest(lines), [lines]);
  const language = languageOfPath(path);
  const whole = useWholeHighlight(text, language);
  return (
    <LineBlocks count={lines.length} longest={longest} label={path} numbers {...(line !== undefined && { line })}>
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

/** The coloured lines of a text that is short enough; null until they are there, and for every other text. */
function useWholeHighlight(text: string, language: string): readonly CodeLine[] | null {
  const [done, setDone] = useState<{ text: string; lines: readonly CodeLine[] | null } | null>(null);
  useEffect(() => {
    if (language === '' || text.length > MAX_WHOLE_CHARS) return undefined;
    let current = true;
    import('../../markdown/highlighter.ts')
      .then(({ highlight }) => highlight(text.replace(/\n$/, ''), language))
      .then(
        (lines) => current && setDone({ text, lines }),
        // Plain text is good enough when the highlighter cannot be loaded.
        () => {},
      );
    return () => {
      current = false;
    };
  }, [text, language]);
  return done?.text === text ? done.lines : null;
}
