import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MirrorRoomDeps {
  /** With one folder for each mirror. */
  dir: string;
  /** What all mirrors may take together. */
  maxBytes: number;
  /** Removes a mirror, some time later. */
  remove(name: string): void;
}

/** What one fetch may bring; it is disposed of when that is in the mirror. */
export interface FetchRoom extends Disposable {
  /** Why no more bytes may come, as a clause; undefined where they may. */
  take(bytes: number): string | undefined;
}

/** Sees to it that no person's repositories take the room of everybody else's, at the moment when they grow. */
export interface MirrorRoom {
  /** @param name of the mirror that gets more, which is the owner's from then on */
  open(name: string, ownerId: string): Promise<FetchRoom>;
}

interface KnownMirror {
  name: string;
  ownerId: string;
  bytes: number;
  usedAtMs: number;
}

/** Of one person. */
const SHARE = 0.5;
const MIB = 1024 * 1024;

export function createMirrorRoom({ dir, maxBytes, remove }: MirrorRoomDeps): MirrorRoom {
  let known: KnownMirror[] = [];
  /** Bytes that have come and are in no mirror yet, by its name. */
  const coming = new Map<string, number>();
  const sum = (mirrors: readonly KnownMirror[]) =>
    mirrors.reduce((bytes, each) => bytes + each.bytes + (coming.get(each.name) ?? 0), 0);

  /** Forgets the mirrors that were not used for longest until the rest has room. Whether it has. */
  const makeRoom = (isCounted: (mirror: KnownMirror) => boolean, most: number): boolean => {
    for (;;) {
      const counted = known.filter(isCounted);
      if (sum(counted) <= most) return true;
      const [oldest] = counted
        .filter(({ name }) => !coming.has(name))
        .toSorted((one, other) => one.usedAtMs - other.usedAtMs);
      if (oldest === undefined) return false;
      known = known.filter((each) => each !== oldest);
      remove(oldest.name);
    }
  };

  return {
    async open(name, ownerId) {
      coming.set(name, 0);
      const found = (await Promise.all((await readdir(dir)).map((each) => look(dir, each)))).filter(
        (each) => each.name !== name,
      );
      const own = { ...(await look(dir, name)), ownerId };
      known = [...found, own];
      await writeFile(join(dir, name, 'owner'), ownerId);
      return {
        take(bytes) {
          coming.set(name, (coming.get(name) ?? 0) + bytes);
          const share = Math.floor(maxBytes * SHARE);
          if (!makeRoom((each) => each.ownerId === ownerId, share))
            return `it is larger than the ${Math.floor(share / MIB)} MB that the server keeps of the repositories of one person`;
          return makeRoom(() => true, maxBytes)
            ? undefined
            : `it is larger than the ${Math.floor(maxBytes / MIB)} MB that the server keeps of all repositories`;
        },
        [Symbol.dispose]() {
          own.bytes += coming.get(name) ?? 0;
          coming.delete(name);
        },
      };
    },
  };
}

async function look(dir: string, name: string): Promise<KnownMirror> {
  const packs = join(dir, name, 'mirror.git', 'objects', 'pack');
  const files = await readdir(packs).catch(() => []);
  const sizes = await Promise.all(files.map((file) => stat(join(packs, file)).catch(() => undefined)));
  const used = await stat(join(dir, name, 'used')).catch(() => undefined);
  return {
    ...{
      name,
      bytes: sizes.reduce((bytes, each) => bytes + (each?.size ?? 0), 0),
      usedAtMs: used?.mtimeMs ?? Date.now(),
    },
    ownerId: await readFile(join(dir, name, 'owner'), 'utf8').catch(() => ''),
  };
}
