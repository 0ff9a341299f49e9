import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';

/** O_PATH of Linux, the same on x86-64 and arm64; Node 24 does not name it. Opens a socket without connecting. */
const O_PATH = 0o10000000;

export interface OwnSocket extends AsyncDisposable {
  /** To connect to. It leads to the socket that was checked, whatever is at its path by now, until it is disposed of. */
  address: string;
}

/**
 * Opens a socket that lies where the process that listens on it may write, and so may put a link to any other socket
 * of the machine. Without /proc (macOS), where plugins are not confined anyway, it is reached by its path.
 * @param path absolute
 * @param uid of the user that the process runs as
 * @throws Error where it is not a socket that this user has made
 */
export async function openOwnSocket(path: string, uid: number | undefined): Promise<OwnSocket> {
  const isLinux = process.platform === 'linux';
  const handle = isLinux ? await open(path, O_PATH | constants.O_NOFOLLOW) : undefined;
  try {
    const found = await (handle?.stat() ?? lstat(path));
    // Nobody makes a second name for a socket but to pass it off for another.
    if (!found.isSocket() || found.nlink !== 1 || (uid !== undefined && found.uid !== uid))
      throw new Error('It does not listen on a socket of its own');
  } catch (error) {
    await handle?.close();
    throw error;
  }
  return {
    address: handle === undefined ? path : `/proc/self/fd/${handle.fd}`,
    [Symbol.asyncDispose]: async () => await handle?.close(),
  };
}
