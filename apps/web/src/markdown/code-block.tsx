import { WrapText } from 'lucide-react';
import { useContext, useState, type ReactNode } from 'react';

import { useDisclosure } from '../ui/disclosure.ts';
import { chat } from '../messages/chat.ts';
import { IconButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { cutText } from '../ui/cut-text.ts';
import { formatCount } from '../ui/format.ts';
import { VisibleText } from '../ui/visible-text.tsx';
import { CodeLines } from './code-lines.tsx';
import { CodePreview, MAX_PREVIEW_CHARS, toPreviewKind } from './code-preview.tsx';
import { HighlightedCode } from './highlighted-code.tsx';
import { PreviewContext } from './preview-context.ts';
import { v } from './preview-messages.ts';

const MAX_LINES = 300;
/** A line with this many characters may be wider than the text column. */
const LONG_LINE = 72;

export interface CodeBlockProps {
  code: string;
  language: string;
  open: boolean;
  /** The key under which the block's state is stored while the virtual list has unmounted it. */
  blockKey: string;
}

/**
 * A fenced code block with its language, a button that copies only the code, and highlighting once the fence is closed.
 */
export function CodeBlock({ code, language, open, blockKey }: CodeBlockProps) {
  const [whole, setWhole] = useDisclosure(`code:${blockKey}`, false);
  const [wraps, setWraps] = useDisclosure(`wrap:${blockKey}`, false);
  const preview = usePreview({ code, language, open, blockKey });
  const lines = code.split('\n');
  const count = whole ? lines.length : Math.min(lines.length, MAX_LINES);
  const head = whole ? null : (cutText(lines.slice(0, count).join('\n'))?.head ?? null);
  const name = language.split(/\s/)[0] ?? '';
  const isLong = lines.some((line) => line.length > LONG_LINE);
  const folds = lines.length > MAX_LINES || head !== null || whole;
  const buttons = (
    <>
      {preview.button}
      {isLong && preview.shown === null && (
        <IconButton
          size="small"
          label={chat.transcript.wrapLines}
          aria-pressed={wraps}
          className={wraps ? 'text-accent' : ''}
          onClick={() => setWraps(!wraps)}
        >
          <WrapText size={14} aria-hidden />
        </IconButton>
      )}
      <CopyButton text={code} label={chat.transcript.copyCode} />
    </>
  );
  return (
    <div dir="ltr" className="group/code overflow-hidden rounded-md border border-line bg-surface">
      <Frame name={name} buttons={buttons} single={lines.length === 1}>
        {preview.problem}
        {preview.shown ?? (
          <pre
            className={`code-text px-3 pb-3 ${name === '' ? 'pt-2.5' : ''} ${wraps ? 'wrap-anywhere whitespace-pre-wrap' : 'overflow-x-auto'}`}
            tabIndex={0}
          >
            {head === null ? (
              <CodeLines wraps={wraps} code={code} lines={lines} count={count} language={name} ready={!open} />
            ) : (
              <HighlightedCode code={head} language={name} ready={!open} />
            )}
          </pre>
        )}
      </Frame>
      {folds && !open && preview.shown === null && (
        <button
          type="button"
          aria-expanded={whole}
          className="tap w-full border-t border-line py-1.5 text-sm text-accent hover:bg-hover"
          onClick={() => setWhole(!whole)}
        >
          {whole
            ? chat.transcript.showLess
            : chat.transcript.showMore(describeRest(code, { count: lines.length, head }))}
        </button>
      )}
    </div>
  );
}

/** The button that shows code as what it says, and that in place of the code, or why it could not be shown. */
function usePreview({ code, language, open, blockKey }: CodeBlockProps) {
  const host = useContext(PreviewContext);
  const [shown, setShown] = useDisclosure(`preview:${blockKey}`, false);
  const [problem, setProblem] = useState<string | null>(null);
  const kind = host === null || open ? null : toPreviewKind(language.split(/\s/)[0] ?? '');
  if (kind === null) return { button: null, shown: null, problem: null };
  const fail = (why: string) => {
    setProblem(why);
    setShown(false);
  };
  const toggle = () => {
    const max = MAX_PREVIEW_CHARS[kind];
    if (!shown && code.length > max) return setProblem(v.tooLong(formatCount(code.length), formatCount(max)));
    setProblem(null);
    return setShown(!shown);
  };
  return {
    button: (
      <button
        type="button"
        onClick={toggle}
        className="tap mr-1 self-center rounded-sm px-1.5 font-semibold text-accent hover:underline"
      >
        {shown ? v.showCode : kind === 'diagram' ? v.showDiagram : v.showPreview}
      </button>
    ),
    shown: shown ? <CodePreview {...{ kind, code }} previewKey={`preview:${blockKey}`} onProblem={fail} /> : null,
    problem: problem !== null && (
      <p role="alert" className="mx-3 mb-2 text-sm wrap-anywhere whitespace-pre-wrap text-bad">
        <VisibleText text={problem} />
      </p>
    ),
  };
}

interface FrameProps {
  name: string;
  buttons: ReactNode;
  /** Of one line. */
  single: boolean;
  children: ReactNode;
}

/** The buttons are above the code beside its language, or beside the code if it has no language, and never cover it. */
function Frame({ name, buttons, single, children }: FrameProps) {
  if (name === '') {
    return (
      <div className={single ? 'flex items-center' : 'flex items-start'}>
        <div className="min-w-0 flex-1">{children}</div>
        <div className="flex shrink-0 p-1 text-muted">{buttons}</div>
      </div>
    );
  }
  return (
    <>
      <div className="flex h-8 items-center justify-between pr-1 pl-3 text-xs text-muted">
        <span>{name}</span>
        <span className="flex">{buttons}</span>
      </div>
      {children}
    </>
  );
}

function describeRest(code: string, { count, head }: { count: number; head: string | null }): string {
  if (count > MAX_LINES) return chat.tools.lines(count - MAX_LINES);
  return chat.tools.characters(code.length - (head?.length ?? 0));
}
