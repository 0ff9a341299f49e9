import type { Repositories } from '../store/port.ts';

type Settings = Pick<Repositories, 'settings'>;

/** Folders of a deleted session on the disk of a node that could not mark them for deletion: it had no room, or was another one. */
interface UnmarkedFolders {
  nodeId: string;
  agentSessionId: string;
}

/** Keeps in the store that the folders are to be removed. */
export async function noteUnmarked({ settings }: Settings, folders: UnmarkedFolders): Promise<void> {
  await settings.set(toKey(folders), true);
}

/** To be called when they are removed. */
export async function forgetUnmarked({ settings }: Settings, folders: UnmarkedFolders): Promise<void> {
  await settings.delete(toKey(folders));
}

/** The agent session ids of the folders that a node has to remove. */
export async function listUnmarked({ settings }: Settings, nodeId: string): Promise<string[]> {
  const prefix = toKey({ nodeId, agentSessionId: '' });
  return (await settings.list(prefix)).map(({ key }) => key.slice(prefix.length));
}

function toKey({ nodeId, agentSessionId }: UnmarkedFolders): string {
  return `unmarked-folders/${nodeId}/${agentSessionId}`;
}
