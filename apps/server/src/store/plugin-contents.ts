import type { RepositoryContext } from './repository-context.ts';

/** One version of a plugin. */
export interface StoredContentId {
  name: string;
  digest: string;
}

/** The content of plugins, each version as one row of bytes in chunks. What is there is whole. */
export interface PluginContentRepository {
  list(): Promise<StoredContentId[]>;
  /**
   * Keeps content in one transaction, or notes that it is wanted again where it is there already.
   * @param chunks Read only for content that is not there. Of 1 MiB or so each.
   */
  put(content: StoredContentId, chunks: () => AsyncIterable<Buffer>): Promise<void>;
  /** Its chunks one after the other; none for content that is not there, and an early end where it is deleted meanwhile. */
  read(content: StoredContentId): AsyncIterable<Buffer>;
  /**
   * Deletes content that `isKept` does not want and that nobody has put since.
   * @param before ISO 8601: content that was put later may be wanted by somebody who has not said so yet.
   */
  sweep(options: { isKept: (content: StoredContentId) => boolean; before: string }): Promise<void>;
}

export function createPluginContentRepository({ db, now, atomically }: RepositoryContext): PluginContentRepository {
  return {
    list: () => db.selectFrom('plugin_contents').select(['name', 'digest']).execute(),

    put: ({ name, digest }, chunks) =>
      atomically(async (trx) => {
        // Waits for another server that is about to put or to delete the same.
        const { numUpdatedRows } = await trx
          .updateTable('plugin_contents')
          .set({ created_at: now() })
          .where('name', '=', name)
          .where('digest', '=', digest)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) return;
        const created = await trx
          .insertInto('plugin_contents')
          .values({ name, digest, created_at: now() })
          .onConflict((conflict) => conflict.doNothing())
          .returning('name')
          .executeTakeFirst();
        if (created === undefined) return;
        let number = 0;
        for await (const data of chunks()) {
          await trx.insertInto('plugin_content_chunks').values({ name, digest, number, data }).execute();
          number += 1;
        }
      }),

    async *read({ name, digest }) {
      for (let number = 0; ; number += 1) {
        const row = await db
          .selectFrom('plugin_content_chunks')
          .select('data')
          .where('name', '=', name)
          .where('digest', '=', digest)
          .where('number', '=', number)
          .executeTakeFirst();
        if (row === undefined) return;
        yield row.data;
      }
    },

    async sweep({ isKept, before }) {
      const old = await db
        .selectFrom('plugin_contents')
        .select(['name', 'digest'])
        .where('created_at', '<', before)
        .execute();
      for (const { name, digest } of old.filter((each) => !isKept(each)))
        await db
          .deleteFrom('plugin_contents')
          .where('name', '=', name)
          .where('digest', '=', digest)
          .where('created_at', '<', before)
          .execute();
    },
  };
}
