import type { JsonObject } from '../../audit/canonical-json.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { ContentLimits } from '../content/content-writer.ts';
import type { InspectOptions } from '../manifest/inspect-plugin.ts';
import type { PluginProblem } from '../problem.ts';

export interface TakeInDeps {
  /** Of this installation: with it, the digest of a bare server says nothing about its hidden values. */
  digestKey?: string;
  content: Pick<ContentStore, 'stage'>;
  limits: ContentLimits;
  /** Folders of the server: none of them but `pluginDirs` is taken for a plugin. */
  ownDirs: readonly string[];
  pluginDirs: readonly string[];
  /** The environment of npm and git. */
  toolEnvironment: Readonly<Record<string, string>>;
  /** Whether git may fetch from file:// too, as tests do; by default it may not. */
  fileUrls?: boolean;
  /** What kind of secret stands in a text, such as `GitHub token`; undefined where none is found. */
  findSecret?(text: string): string | undefined;
  /** Ends npm and git at once. */
  signal?: AbortSignal;
}

/** How a source fills the staging folder, and what it knows of what it brought. */
export interface Fetched {
  origin: JsonObject;
  inspect: InspectOptions;
  /** What people should know of how it was fetched. */
  problems?: PluginProblem[];
  /** Where the plugin is looked for; by default in all of the content. */
  within?: string;
}
