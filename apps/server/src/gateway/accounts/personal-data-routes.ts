import type { Readable } from 'node:stream';

import { CspError, type ErasedPersonResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser, toKeyDetails } from '../../audit/fact.ts';
import type { FileService } from '../../files/file-service.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Identity } from '../../identity/identity.ts';
import { createPathHider } from '../../journal/export/hide-server-paths.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { countPersonalRows, ERASED_PERSON, forgetPerson, type PersonalTable } from '../../store/personal-data.ts';
import type { Store } from '../../store/port.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { exportPerson } from './export-person.ts';
import { removeAccount, type AccountContents } from './remove-account.ts';
import { toUserResource } from './user-resource.ts';

export interface PersonalDataRoutesOptions extends AccountContents {
  identity: Pick<Identity, 'users'>;
  audit: ChangeRecorder;
  store: Pick<Store, 'database' | 'kind' | 'audit'>;
  sessions: AccountContents['sessions'] & Pick<SessionService, 'read'>;
  files: AccountContents['files'] & Pick<FileService, 'open'>;
  dataDirNames: readonly string[];
}

const tags = [TAGS.accounts];
const ofUser = z.object({ user_id: id });
const archive = {
  description: 'A zip archive, streamed; its README.txt says what is in it.',
  content: { 'application/zip': { schema: answer<Readable>(z.string()) } },
};
const counts = z.record(z.string(), z.number());
const erased = answer<ErasedPersonResource>(
  z
    .object({
      type: z.literal('erased_person'),
      user_id: z.string(),
      dry_run: z.boolean(),
      counts: counts.describe('Rows of the person by table, before.'),
      anonymous: z
        .object({ usage: z.number(), events: z.number() })
        .nullable()
        .describe('What stays without the person: usage records, and events in sessions of others. Null in a dry run.'),
    })
    .meta({ id: 'ErasedPerson', description: 'What was, or would be, removed of a person.' }),
);

/** What is kept of people, for themselves and for administrators: taken out, and erased. */
export const personalDataRoutes: FastifyPluginAsyncZod<PersonalDataRoutesOptions> = async (app, options) => {
  const { audit, store, identity } = options;
  const hidePaths = createPathHider(options.dataDirNames);
  /** Each reads all that is kept of a person. */
  const running = new Set<string>();

  const getUser = async (userId: string) => {
    const user = await identity.users.find(userId);
    if (user === undefined) throw new CspError('not_found', `There is no user ${userId}`);
    return user;
  };

  const send = async (reply: FastifyReply, actor: Actor, userId: string) => {
    const user = await getUser(userId);
    if (running.has(userId))
      throw new CspError('state_conflict', 'This data is being exported already. Wait for the end of that download');
    await audit.record({ actor: toFactActor(actor), action: 'user.export', target: toFactUser(userId) });
    const owner = { ...actor, userId, name: user.name, email: user.email, role: 'user' as const };
    running.add(userId);
    const content = await exportPerson({ ...options, hidePaths }, { owner, account: toUserResource(user) }).catch(
      (error: unknown) => {
        running.delete(userId);
        throw error;
      },
    );
    content.once('close', () => running.delete(userId));
    return reply
      .header('content-type', 'application/zip')
      .header('content-disposition', `attachment; filename="my-data-${new Date().toISOString().slice(0, 10)}.zip"`)
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff')
      .send(content);
  };

  app.get(
    '/api/v1/account/export',
    {
      config: { action: 'account.export' },
      schema: {
        operationId: 'exportAccount',
        summary: 'Download everything that is kept of you',
        tags,
        response: { 200: archive, ...failsWith(409) },
      },
    },
    (request, reply) => send(reply, getActor(request), getActor(request).userId),
  );

  app.get(
    '/api/v1/users/:user_id/export',
    {
      config: { action: 'user.export' },
      schema: {
        operationId: 'exportUser',
        summary: 'Download everything that is kept of a person',
        tags,
        params: ofUser,
        response: { 200: archive, ...failsWith(409) },
      },
    },
    (request, reply) => send(reply, getActor(request), request.params.user_id),
  );

  app.post(
    '/api/v1/users/:user_id/erase',
    {
      config: { action: 'user.erase' },
      schema: {
        operationId: 'eraseUser',
        summary:
          'Delete an account with all that it owns, and take the person out of what stays; there is no way back. It goes on where an earlier request was interrupted',
        tags,
        params: ofUser,
        body: z.strictObject({ dry_run: z.boolean().default(false).describe('Only counts.') }),
        response: { 200: erased, ...failsWith(409) },
      },
    },
    async (request) => {
      const actor = getActor(request);
      const { user_id: userId } = request.params;
      const { dry_run: isDryRun } = request.body;
      const before = await countPersonalRows(store, userId);
      const user = await identity.users.find(userId);
      // Where an earlier request was interrupted the account may be gone, and rows still there. Those that stay are nobody's.
      if (user === undefined && (isEmpty(before) || userId === ERASED_PERSON.id))
        throw new CspError('not_found', `There is no user ${userId}`);
      const resource = { type: 'erased_person', user_id: userId, dry_run: isDryRun, counts: before } as const;
      if (isDryRun) return { ...resource, anonymous: null };
      const details = { ...before, ...toKeyDetails(actor) };
      const fact = { actor: toFactActor(actor), action: 'user.erase', target: toFactUser(userId), details } as const;
      const anonymous = { usage: 0, events: 0 };
      const forget = async () => {
        const { usage, events } = await forgetPerson(store, userId);
        anonymous.usage += usage;
        anonymous.events += events;
      };
      await audit.during(fact, async () => {
        const removal = { by: actor, transferTo: undefined, beforeEnd: forget };
        if (user !== undefined) await removeAccount({ ...options, users: identity.users }, userId, removal);
        // What a request that was under way has stored since.
        await forget();
      });
      return { ...resource, anonymous };
    },
  );
};

function isEmpty(counted: Record<PersonalTable, number>): boolean {
  return Object.values(counted).every((count) => count === 0);
}
