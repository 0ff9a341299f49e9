import { CspError } from '@claude-sdk-pattern/protocol';
import type { z } from 'zod';

import { seal, unseal } from '../secrets/envelope.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { SecretInfo, SecretOwner, SecretPlace, SecretRepository } from '../store/secrets.ts';

/** A document as it was read; `wrappedKey` tells whether it is still the same one. */
export interface ReadDocument<T> {
  value: T;
  wrappedKey: string;
}

/** Documents of one shape, each as JSON in one encrypted value. */
export interface SealedDocuments<T> {
  put(place: SecretPlace, value: T): Promise<void>;
  /** Undefined where there is none, or where this server cannot read it: it is then as good as lost. */
  find(place: SecretPlace): Promise<ReadDocument<T> | undefined>;
  /** Those of an owner that can be read. */
  list(owner: SecretOwner): Promise<(SecretInfo & ReadDocument<T>)[]>;
  /** False where it is not the one that was read any more. */
  replace(place: SecretPlace, before: ReadDocument<T>, value: T): Promise<boolean>;
}

export function createSealedDocuments<T>(
  secrets: Pick<SecretRepository, 'put' | 'find' | 'list' | 'replace'>,
  { keyring, schema }: { keyring: Keyring; schema: z.ZodType<T> },
): SealedDocuments<T> {
  const find: SealedDocuments<T>['find'] = async (place) => {
    const sealed = await secrets.find(place);
    if (sealed === undefined) return undefined;
    try {
      const parsed = schema.safeParse(JSON.parse(unseal(keyring, place, sealed)));
      return parsed.success ? { value: parsed.data, wrappedKey: sealed.wrappedKey } : undefined;
    } catch (error) {
      if (error instanceof CspError) return undefined;
      throw error;
    }
  };

  return {
    find,
    put: (place, value) => secrets.put(place, seal(keyring, place, JSON.stringify(value))),
    async list(owner) {
      const found = [];
      for (const info of await secrets.list(owner)) {
        const document = await find(info);
        if (document !== undefined) found.push({ ...info, ...document });
      }
      return found;
    },
    replace: (place, { wrappedKey }, value) =>
      secrets.replace(place, { wrappedKey }, seal(keyring, place, JSON.stringify(value))),
  };
}
