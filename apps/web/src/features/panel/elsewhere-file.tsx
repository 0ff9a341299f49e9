import { ArrowLeft, FolderInput } from 'lucide-react';

import type { DirectFolder } from '../../services/direct-folders.ts';
import type { PanelView } from '../../services/panel-route.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { nameOf, parentOf } from './file-tree.ts';
import { p } from './messages.ts';

interface ElsewhereFileProps {
  folder: DirectFolder;
  /** Absolute; that of the folder for the folder itself. */
  path: string;
  onView: (view: PanelView) => void;
}

/** In the place of a file in a folder in which the agent works itself: the panel does not read it, and says where it is. */
export function ElsewhereFile({ folder, path, onView }: ElsewhereFileProps) {
  const { title, folderTitle, help, changes } = p.file.elsewhere;
  return (
    <>
      <div className="flex min-h-10 shrink-0 items-center gap-1 border-b border-line px-1">
        <IconButton size="small" label={p.file.back} onClick={() => onView({ tab: 'file' })}>
          <ArrowLeft size={15} aria-hidden />
        </IconButton>
        <h3 className="min-w-0 flex-1 truncate px-1 text-sm" title={path}>
          <span className="font-semibold">{nameOf(path)}</span>
          <span className="ml-2 text-muted">{parentOf(path)}</span>
        </h3>
        <CopyButton text={path} label={p.file.copyPath} />
      </div>
      <EmptyTab icon={FolderInput} title={path === folder.path ? folderTitle : title} help={help(folder.path)}>
        <Button size="small" onClick={() => onView({ tab: 'changes', path })}>
          {changes}
        </Button>
      </EmptyTab>
    </>
  );
}
