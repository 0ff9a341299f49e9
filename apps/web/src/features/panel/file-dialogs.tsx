import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem } from '../../session/problem.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { f } from './file-messages.ts';
import { nameOf } from './file-tree.ts';

/** What a person is about to do with a file or folder. */
export type FileTask =
  /** `path` is proposed; it ends with `/` for a name in a folder. */
  | { task: 'file' | 'folder'; path: string }
  | { task: 'rename'; path: string }
  | { task: 'remove'; path: string; folder: boolean };

export interface FileDialogsProps {
  task: FileTask | null;
  onClose: () => void;
  /** The path that is there now; null where there is none any more. */
  onDone: (task: FileTask, path: string | null) => void;
}

/** Asks for a path, or whether a file may be deleted, and does it. */
export function FileDialogs({ task, onClose, onDone }: FileDialogsProps) {
  if (task === null) return null;
  return task.task === 'remove' ? (
    <RemoveDialog task={task} onClose={onClose} onDone={() => onDone(task, null)} />
  ) : (
    <PathDialog key={`${task.task} ${task.path}`} task={task} onClose={onClose} onDone={(path) => onDone(task, path)} />
  );
}

interface PathDialogProps {
  task: Exclude<FileTask, { task: 'remove' }>;
  onClose: () => void;
  onDone: (path: string) => void;
}

function PathDialog({ task, onClose, onDone }: PathDialogProps) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const [path, setPath] = useState(task.path);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const apply = async (): Promise<string> => {
    const wanted = path.trim().replace(/^\/+|\/+$/g, '');
    if (task.task === 'rename') return (await workspace.move(sessionId, task.path, wanted)).path;
    if (task.task === 'folder') return (await workspace.makeFolder(sessionId, wanted)).path;
    return (await workspace.write(sessionId, { path: wanted, text: '', version: null })).path;
  };
  const submit = () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    apply().then(onDone, (error: unknown) => {
      setBusy(false);
      setProblem(toProblem(error).message);
    });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={f.dialogs[task.task]}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        className="flex flex-col gap-4"
      >
        <Field
          label={f.dialogs.path}
          help={f.dialogs.pathHelp}
          value={path}
          onValue={setPath}
          problem={problem}
          autoComplete="off"
          spellCheck={false}
          maxLength={4096}
          data-autofocus=""
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.app.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {task.task === 'rename' ? f.dialogs.move : f.dialogs.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface RemoveDialogProps {
  task: Extract<FileTask, { task: 'remove' }>;
  onClose: () => void;
  onDone: () => void;
}

function RemoveDialog({ task, onClose, onDone }: RemoveDialogProps) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const [problem, setProblem] = useState<string | null>(null);
  const remove = () => {
    workspace.remove(sessionId, task.path).then(onDone, (error: unknown) => {
      const failure = toProblem(error);
      if (failure.kind === 'gone') onDone();
      else setProblem(failure.message);
    });
  };
  return (
    <ConfirmDialog
      title={f.dialogs.removeTitle(nameOf(task.path))}
      help={problem ?? (task.folder ? f.dialogs.removeFolder : f.dialogs.removeFile)}
      confirm={f.dialogs.remove}
      danger
      onClose={onClose}
      onConfirm={remove}
    />
  );
}
