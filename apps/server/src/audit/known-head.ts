import type { AuditAnchor } from '../data-dir/audit-anchor.ts';
import type { AuditCheckpoint } from '../store/audit.ts';
import type { Logger } from '../telemetry/logger.ts';
import { isSigned, toCheckpoint } from './checkpoint.ts';

/** How far the log reached when this server chained last, kept where who can write to the database cannot change it. */
export interface KnownHead {
  /** The newer of what is in memory and in the data directory; undefined before anything was signed with this key. */
  find(): Promise<AuditCheckpoint | undefined>;
  /** After the commit. Does not reject: where the data directory cannot be written, memory still holds it. */
  note(head: AuditCheckpoint): Promise<void>;
}

export interface KnownHeadDeps {
  anchor: AuditAnchor;
  /** Heads in the data directory that another key signed do not count. */
  publicKey: string;
  logger: Logger;
}

export function createKnownHead({ anchor, publicKey, logger }: KnownHeadDeps): KnownHead {
  let remembered: AuditCheckpoint | undefined;

  return {
    async find() {
      const noted = toCheckpoint(await anchor.read());
      if (noted === undefined || noted.public_key !== publicKey || !isSigned(noted)) return remembered;
      return remembered !== undefined && remembered.seq >= noted.seq ? remembered : noted;
    },

    async note(head) {
      remembered = head;
      try {
        await anchor.write(head);
      } catch (error) {
        logger.warn({ err: error, seq: head.seq }, 'the end of the audit log could not be noted in the data directory');
      }
    },
  };
}
