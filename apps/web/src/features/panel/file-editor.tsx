import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';
import { useEffect, useRef, useState } from 'react';

import { ApiError } from '../../api/api-error.ts';
import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from '../../messages/index.ts';
import { openCodeEditor, type CodeEditor } from './code-editor.ts';
import { f } from './file-messages.ts';
import { WriteConflict } from './write-conflict.tsx';

export interface FileEditorProps {
  /** As it was when the person began to edit. */
  file: WorkspaceFile;
  /** As it is now; null where it is gone or not known. */
  present: WorkspaceFile | null;
  onClose: () => void;
}

/** The text of a file to be changed by hand. A save replaces only the version that was read; another one is shown. */
export function FileEditor({ file, present, onClose }: FileEditorProps) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const { path } = file;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | null>(null);
  const base = file;
  const [changed, setChanged] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<{ mine: string; theirs: WorkspaceFile | null } | null>(null);
  const unsaved = useUnsaved(changed && !busy, f.editor.unsaved);
  const saveNow = useRef<() => void>(() => {});

  useEffect(() => {
    if (host.current === null) return undefined;
    const opened = openCodeEditor(host.current, {
      ...{ path, text: file.text ?? '', label: f.editor.label(path) },
      onChange: () => setChanged(true),
      onSave: () => saveNow.current(),
    });
    editor.current = opened;
    opened.focus();
    return () => opened.close();
  }, [path, file]);

  /** Writes over the version that the person has seen; null makes the file anew. */
  const save = async (text: string, version: string | null): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await workspace.write(sessionId, { path, text, version });
      onClose();
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) {
        // What is there now is shown before anything else happens.
        const theirs = await workspace.read(sessionId, path, new AbortController().signal).catch(() => null);
        setConflict({ mine: text, theirs });
      } else setProblem(toProblem(error).message);
      setBusy(false);
    }
  };
  saveNow.current = () => {
    if (!busy && editor.current !== null) void save(editor.current.read(), base.version);
  };
  const compare = () => editor.current && setConflict({ mine: editor.current.read(), theirs: present });
  const isOther = present !== null && present.version !== base.version && !busy;

  return (
    <>
      {isOther && conflict === null && (
        <p
          role="status"
          className="flex items-center gap-3 border-b border-line bg-warn-soft py-1 pr-2 pl-4 text-sm text-warn"
        >
          <span className="flex-1">{f.editor.changed}</span>
          <Button size="small" onClick={compare}>
            {f.editor.compare}
          </Button>
        </p>
      )}
      <div ref={host} hidden={conflict !== null} className="min-h-0 flex-1 overflow-hidden" />
      {conflict !== null && (
        <WriteConflict
          {...conflict}
          onMine={() => {
            setConflict(null);
            void save(conflict.mine, conflict.theirs?.version ?? null);
          }}
          onTheirs={() => {
            setChanged(false);
            onClose();
          }}
          onBack={() => setConflict(null)}
        />
      )}
      {conflict === null && (
        <div className="flex shrink-0 items-center justify-end gap-2 border-t border-line px-2 py-2">
          {problem !== null && (
            <p role="alert" className="mr-auto pl-2 text-sm text-bad">
              {problem}
            </p>
          )}
          <Button size="small" onClick={() => unsaved.guard(onClose)}>
            {t.app.cancel}
          </Button>
          <Button size="small" look="primary" busy={busy || !changed} onClick={() => changed && saveNow.current()}>
            {busy ? f.editor.saving : f.editor.save}
          </Button>
        </div>
      )}
      {unsaved.question}
    </>
  );
}
