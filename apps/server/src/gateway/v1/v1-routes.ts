import type { FastifyInstance } from 'fastify';

import type { DefinitionService } from '../../definitions/definition-service.ts';
import type { FileService } from '../../files/file-service.ts';
import type { SkillService } from '../../plugins/skills/skill-service.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { CredentialBook } from '../../vaults/credential-book.ts';
import type { VaultBook } from '../../vaults/vault-book.ts';
import { agentRoutes } from './agent-routes.ts';
import type { Triggers } from '../../triggers/open-triggers.ts';
import { addVersionCheck } from './check-version.ts';
import { credentialRoutes } from './credential-routes.ts';
import { deploymentRoutes } from './deployment-routes.ts';
import { deploymentRunRoutes } from './deployment-run-routes.ts';
import { environmentRoutes } from './environment-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { addJsonBody } from './json-body.ts';
import { addQueryParameters } from './query-parameters.ts';
import { resourceRoutes } from './resource-routes.ts';
import { skillRoutes } from './skill-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import type { StreamMetrics } from './session-stream.ts';
import { threadRoutes } from './thread-routes.ts';
import { vaultRoutes } from './vault-routes.ts';

export interface V1RoutesOptions {
  definitions: DefinitionService;
  files: FileService;
  skills: SkillService;
  sessions: SessionService;
  vaults: VaultBook;
  credentials: CredentialBook;
  triggers: Triggers;
  metrics: StreamMetrics;
}

/** The Managed Agents API, so that the official SDK works unchanged. */
export async function v1Routes(app: FastifyInstance, options: V1RoutesOptions): Promise<void> {
  addVersionCheck(app);
  addQueryParameters(app);
  addJsonBody(app);
  await app.register(agentRoutes, options);
  await app.register(environmentRoutes, options);
  await app.register(fileRoutes, options);
  await app.register(skillRoutes, options);
  await app.register(sessionRoutes, options);
  await app.register(resourceRoutes, options);
  await app.register(eventRoutes, options);
  await app.register(threadRoutes, options);
  await app.register(vaultRoutes, options);
  await app.register(credentialRoutes, options);
  await app.register(deploymentRoutes, options);
  await app.register(deploymentRunRoutes, options);
}
