import { ArrowUpToLine } from 'lucide-react';
import { useState, type RefObject } from 'react';

import { t } from '../../messages/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import type { DiffComment } from './diff-comments.ts';
import { g } from './git-messages.ts';
import type { LineRange } from './line-range.ts';

interface CommentBoxProps {
  range: LineRange;
  /** What was written in the box, over its move to another line; null before anything was. */
  written: RefObject<string | null>;
  /** Takes in the line above; null where there is none. */
  onWiden: (() => void) | null;
  /** Undefined for a new one. */
  comment: DiffComment | undefined;
  isOpen: boolean;
  onOpen: () => void;
  onClose: () => void;
  onSave: (text: string) => void;
  onRemove: () => void;
}

/** A comment below its last line, or the box in which it is written. */
export function CommentBox({ comment, isOpen, onOpen, onRemove, ...editor }: CommentBoxProps) {
  return (
    <div className="sticky left-0 w-[100cqw] border-y border-line bg-bg px-3 py-2 font-sans text-sm whitespace-normal">
      {isOpen ? (
        <Editor {...editor} text={comment?.text ?? ''} />
      ) : (
        <div className="flex flex-wrap items-start gap-x-2 gap-y-1">
          <p className="min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap">
            {isWide(editor.range) && (
              <span className="nums block text-xs text-muted">{g.comments.on(tellRange(editor.range))}</span>
            )}
            {comment?.text}
          </p>
          <span className="flex gap-1">
            <Button size="small" look="quiet" onClick={onOpen}>
              {g.comments.edit}
            </Button>
            <Button size="small" look="quiet" onClick={onRemove}>
              {g.comments.remove}
            </Button>
          </span>
        </div>
      )}
    </div>
  );
}

function Editor({
  range: { from, to },
  written,
  text,
  onWiden,
  onClose,
  onSave,
}: Pick<CommentBoxProps, 'range' | 'written' | 'onWiden' | 'onClose' | 'onSave'> & { text: string }) {
  const [value, setValue] = useState(() => joinTexts(text, written.current));
  const save = () => {
    if (value.trim() !== '') onSave(value.trim());
  };
  return (
    <div className="flex flex-col gap-2">
      <textarea
        ref={(box) => {
          if (box !== null && box.dataset['seen'] === undefined) {
            box.dataset['seen'] = '';
            box.focus({ preventScroll: true });
          }
        }}
        aria-label={g.comments.label(tellRange({ from, to }))}
        value={value}
        rows={3}
        onChange={(event) => {
          written.current = event.target.value;
          setValue(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
          if (event.key !== 'Escape') return;
          // The panel would close with it.
          event.stopPropagation();
          event.nativeEvent.stopImmediatePropagation();
          onClose();
        }}
        className="w-full resize-y rounded-sm border border-control bg-bg px-2 py-1.5 text-lg md:text-sm"
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" look="primary" busy={value.trim() === ''} onClick={save}>
          {text === '' ? g.comments.add : g.comments.save}
        </Button>
        <Button size="small" onClick={onClose}>
          {t.app.cancel}
        </Button>
        <span className="nums ml-auto text-muted">
          {isWide({ from, to }) && g.comments.on(tellRange({ from, to }))}
        </span>
        {onWiden !== null && (
          <IconButton size="small" label={g.comments.widen} onClick={onWiden}>
            <ArrowUpToLine size={14} aria-hidden />
          </IconButton>
        )}
      </div>
    </div>
  );
}

/** A box that moves to a line with a comment has both. */
function joinTexts(there: string, written: string | null): string {
  return written === null || written === there || there === '' ? (written ?? there) : `${there}\n${written}`;
}

function isWide({ from, to }: LineRange): boolean {
  return from.line !== to.line || from.side !== to.side;
}

function tellRange({ from, to }: LineRange): string {
  const { line, lines, upTo } = g.comments;
  if (from.side !== to.side) return upTo(line[from.side](from.line), line[to.side](to.line));
  return from.line === to.line ? line[to.side](to.line) : lines[to.side](from.line, to.line);
}
