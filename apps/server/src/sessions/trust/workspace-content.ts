import type { ProfileSettings } from '../../agent-process/options/profile-settings.ts';
import type { ActivePlugin } from '../../plugins/plugin-set.ts';
import type { Session } from '../../store/sessions.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { tellInstructions } from '../../workspaces/brought/tell-instructions.ts';
import type { Workspace } from '../../workspaces/workspaces.ts';
import type { SessionMounts } from '../resources/session-mounts.ts';
import { listTrustPlaces, toReadPlace } from './trust-places.ts';
import type { TrustedPlugins } from './trusted-plugins.ts';

export interface WorkspaceContentDeps {
  trustedPlugins: TrustedPlugins;
  mounts: Pick<SessionMounts, 'mount'>;
  session(): Session;
  workspace(): Workspace;
  /** What the process started with; undefined before the first one. */
  settings(): ProfileSettings | undefined;
  logger: Logger;
  /** Tells the people of the session. */
  warn(text: string): void;
}

/** What the workspace of one session gives its processes: files that are mounted, instructions, and what its owner lets run. */
export interface WorkspaceContent {
  /** What the owner lets run. Mounts first where something is trusted: a process gets it with its start, or not at all. */
  plan(signal: AbortSignal): Promise<readonly ActivePlugin[]>;
  /** Mounts the rest. What the agent is to be told with its next message; never rejects. */
  mount(signal: AbortSignal, options: { isNew: boolean }): Promise<string | undefined>;
  /** Whether the process has what is not trusted any more as it is now. */
  hasChanged(): Promise<boolean>;
}

export function createWorkspaceContent(deps: WorkspaceContentDeps): WorkspaceContent {
  const { trustedPlugins, mounts, session, workspace, settings, logger } = deps;
  let mountedEarly: string | undefined;
  let warnedOf = '';

  return {
    async plan(signal) {
      if (!(await trustedPlugins.isAnyTrusted(session()))) return [];
      await workspace().make();
      mountedEarly = (await mounts.mount(signal)) ?? mountedEarly;
      const { plugins, changed } = await trustedPlugins.find(session(), workspace().dirs.workspace);
      if (changed.length > 0 && changed.join() !== warnedOf)
        deps.warn(
          `What ${changed.join(' and ')} brings has changed since you trusted it, so nothing of it runs. Review it again.`,
        );
      warnedOf = changed.join();
      return plugins;
    },

    async mount(signal, { isNew }) {
      const early = mountedEarly;
      mountedEarly = undefined;
      const mounted = await mounts.mount(signal);
      try {
        const { dirs } = workspace();
        const places = listTrustPlaces(session()).map((place) => toReadPlace(place, dirs.workspace));
        const instructions = await tellInstructions(dirs, { places, isNew });
        return [early, mounted, instructions].filter((text) => text !== undefined).join('\n') || undefined;
      } catch (error) {
        logger.warn({ err: error }, 'the instructions of a workspace could not be read');
        return [early, mounted].filter((text) => text !== undefined).join('\n') || undefined;
      }
    },

    async hasChanged() {
      const { plugins = [] } = settings() ?? {};
      return trustedPlugins.haveChanged(plugins, session(), workspace().dirs.workspace);
    },
  };
}
