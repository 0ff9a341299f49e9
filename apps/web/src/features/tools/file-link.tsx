import type { ToolItem } from '../../session/items.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import { toWorkspacePath } from './describe-tool.ts';
import { readText } from './tool-values.ts';

/**
 * The path of a call's file. If the call is done and the file is in the workspace, the path is a link that opens the
 * file in the panel.
 */
export function FileLink({ item }: { item: ToolItem }) {
  const told = readText(item.input, 'file_path');
  const path = toWorkspacePath(told).replace(/^\.\//, '');
  // A long path on the server says less than the picture beside it.
  if (item.images.length > 0 && path.startsWith('/')) return <>{path.slice(path.lastIndexOf('/') + 1)}</>;
  if (item.status !== 'done' || path === '' || path.startsWith('/')) return <>{path}</>;
  return <PanelLink view={{ tab: 'file', path }}>{path}</PanelLink>;
}
