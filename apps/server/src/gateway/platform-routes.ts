import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance } from 'fastify';

import type { Identity } from '../identity/identity.ts';
import type { SessionService } from '../sessions/session-service.ts';
import { requirePrincipal } from './require-principal.ts';

export interface PlatformRoutesOptions {
  identity: Identity;
  sessions: SessionService;
  allowedOrigins: readonly string[];
  demo: boolean;
  version: string;
  models: readonly string[];
  /** Rejects when the platform cannot serve now. */
  checkReady(): Promise<void>;
}

/** What the web app needs before it draws, what operators ask, and the health of the server. */
export async function platformRoutes(app: FastifyInstance, options: PlatformRoutesOptions): Promise<void> {
  app.get('/api/v1/bootstrap', async (request, reply): Promise<Bootstrap> => {
    const principal = await requirePrincipal(request, options);
    if (principal.via === 'cookie') {
      for (const cookie of await options.identity.refreshSession(request.headers))
        void reply.header('set-cookie', cookie);
    }
    return {
      user: { id: principal.userId, name: principal.name, email: principal.email, role: principal.role },
      demo: options.demo,
      version: options.version,
      models: [{ id: 'default', label: 'Default' }, ...options.models.map((id) => ({ id, label: toLabel(id) }))],
      permission_modes: ['default', 'acceptEdits', 'plan', 'bypassPermissions'],
    };
  });

  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/startup', async () => ({ status: 'ok' }));
  app.get('/health/ready', async (_request, reply) => {
    try {
      await options.checkReady();
      return { status: 'ok' };
    } catch {
      void reply.status(503);
      return { status: 'unavailable' };
    }
  });
}

function toLabel(model: string): string {
  return model.charAt(0).toUpperCase() + model.slice(1);
}
