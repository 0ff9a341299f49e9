import { useState } from 'react';

import { t } from '../messages/index.ts';
import { cutText } from '../ui/cut-text.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { HighlightedCode } from './highlighted-code.tsx';

const MAX_LINES = 300;

/** A fenced block: its language, a copy button that copies the code alone, and the code, highlighted once the fence is closed. */
export function CodeBlock({ code, language, open }: { code: string; language: string; open: boolean }) {
  const [whole, setWhole] = useState(false);
  const lines = whole ? [] : code.split('\n');
  const hidden = Math.max(0, lines.length - MAX_LINES);
  const fitting = hidden === 0 ? code : lines.slice(0, MAX_LINES).join('\n');
  const shown = whole ? code : (cutText(fitting)?.head ?? fitting);
  const name = language.split(/\s/)[0] ?? '';
  return (
    <div dir="ltr" className="group/code overflow-hidden rounded-md border border-line bg-surface">
      <div className="flex h-8 items-center justify-between pr-1 pl-3 text-xs text-muted">
        <span>{name}</span>
        <CopyButton text={code} label={t.transcript.copyCode} />
      </div>
      <pre className="code-text overflow-x-auto px-3 pb-3" tabIndex={0}>
        <HighlightedCode code={shown} language={name} ready={!open} />
      </pre>
      {shown.length < code.length && (
        <button
          type="button"
          className="tap w-full border-t border-line py-1.5 text-sm text-accent hover:bg-hover"
          onClick={() => setWhole(true)}
        >
          {t.transcript.showMore(hidden > 0 ? t.tools.lines(hidden) : t.tools.characters(code.length - shown.length))}
        </button>
      )}
    </div>
  );
}
