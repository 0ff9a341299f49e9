import { useState } from 'react';

import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import type { DiffComment } from './diff-comments.ts';
import { g } from './git-messages.ts';

interface CommentBoxProps {
  line: number;
  /** Undefined for a new one. */
  comment: DiffComment | undefined;
  isOpen: boolean;
  onOpen: () => void;
  onClose: () => void;
  onSave: (text: string) => void;
  onRemove: () => void;
}

/** A comment below its line, or the box in which it is written. */
export function CommentBox({ line, comment, isOpen, onOpen, onClose, onSave, onRemove }: CommentBoxProps) {
  return (
    <div className="sticky left-0 w-[100cqw] border-y border-line bg-bg px-3 py-2 font-sans text-sm whitespace-normal">
      {isOpen ? (
        <Editor {...{ line, onClose, onSave }} text={comment?.text ?? ''} />
      ) : (
        <div className="flex flex-wrap items-start gap-x-2 gap-y-1">
          <p className="min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap">{comment?.text}</p>
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
  line,
  text,
  onClose,
  onSave,
}: Pick<CommentBoxProps, 'line' | 'onClose' | 'onSave'> & { text: string }) {
  const [value, setValue] = useState(text);
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
        aria-label={g.comments.label(line)}
        value={value}
        rows={3}
        onChange={(event) => setValue(event.target.value)}
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
      <div className="flex gap-2">
        <Button size="small" look="primary" busy={value.trim() === ''} onClick={save}>
          {text === '' ? g.comments.add : g.comments.save}
        </Button>
        <Button size="small" onClick={onClose}>
          {t.app.cancel}
        </Button>
      </div>
    </div>
  );
}
