import type { Person, SecretMode } from '@claude-sdk-pattern/protocol';
import type { PromptGuardMode } from '@claude-sdk-pattern/protocol/v1';

import type { AgentCommandBook } from '../agent-process/agent-commands.ts';
import type { ToolSearchPolicy } from '../agent-process/mcp/tool-search.ts';
import type { ChangeRecorder } from '../audit/audit-log.ts';
import type { Budgets } from '../budgets/open-budgets.ts';
import type { Role } from '../identity/actor.ts';
import type { FolderGrants } from '../local-folders/folder-grants.ts';
import type { Processes } from '../processes/processes.ts';
import type { Upstreams } from '../model-gateway/upstreams/upstreams.ts';
import type { ApprovalNews } from '../permissions/approval-news.ts';
import type { PolicyBook } from '../permissions/policy-book.ts';
import type { PluginHooks } from '../endpoints/plugin-hooks.ts';
import type { HookHandler } from '../hooks/hook-handler.ts';
import type { SessionQuotas } from './quotas.ts';
import type { TrustedPlugins } from './trust/trusted-plugins.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { StorageWatch } from '../store/storage-watch.ts';
import type { Terminals } from '../terminals/terminals.ts';
import type { WorkspaceHistories } from '../workspaces/history/workspace-histories.ts';
import type { FindAddressProblem } from '../workspaces/repositories/address-problem.ts';
import type { Repositories } from '../workspaces/repositories/repositories.ts';
import type { LocalFolders } from '../workspaces/folders/local-folders.ts';
import type { DiskLimits } from '../workspaces/judge-disk.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import type { ResourceCredentials } from './resources/resource-credentials.ts';
import type { HandGit } from './hand-git.ts';
import type { StopBook } from '../stops/stop-book.ts';
import type { TurnDeps } from '../turns/turn-deps.ts';

/** Dependencies of every session. */
export interface SessionDeps extends TurnDeps {
  audit: ChangeRecorder;
  budgets: Pick<Budgets, 'findReached' | 'findFall' | 'hasPrice' | 'onRoom'>;
  stops: Pick<StopBook, 'all' | 'drain' | 'findWorkStop' | 'findTurnStop' | 'onChanged'>;
  storage: Pick<StorageWatch, 'current' | 'onChanged'>;
  processes: Pick<Processes, 'acquire' | 'refusal' | 'shouldStartAhead' | 'canStartAhead' | 'noteChange'>;
  /** The slash commands that agents offer. */
  commands: AgentCommandBook;
  /** The id of this server in the deployment; it stays the same over restarts. */
  nodeId: string;
  /** Names where the workspaces of this server and their states are: another place than that of servers which do not share them. */
  placeId: string;
  workspaces: Workspaces;
  /** What people let run of workspaces. */
  trustedPlugins: TrustedPlugins;
  /** Who uses terminals beside the agents; undefined where there are none. */
  terminals?: Pick<Terminals, 'hasOpen' | 'hasUsers' | 'takeUsers'>;
  /** The recorded states of workspaces; undefined where nothing is recorded. */
  histories?: WorkspaceHistories | undefined;
  /** Of the states of one session on disk. */
  maxHistoryBytes?: number;
  /** What is mounted into workspaces, and by which credentials. */
  mounting: {
    repositories: Repositories;
    credentials: ResourceCredentials;
    folderGrants: Pick<FolderGrants, 'find'>;
    localFolders: LocalFolders;
    findAddressProblem: FindAddressProblem;
  };
  /** By which people use git in workspaces; undefined where they do not. */
  handGit?: HandGit | undefined;
  /** Where model calls go. */
  upstreams: Pick<Upstreams, 'findOutage' | 'onTransition'>;
  /** Whether the host confines agents. */
  confines: boolean;
  /** These users by their id; an unknown one is left out. */
  findUsers(userIds: readonly string[]): Promise<Map<string, Person>>;
  /** The policy of the platform. */
  policies: Pick<PolicyBook, 'current'>;
  /** The user's current role. */
  findRole(userId: string): Promise<Role>;
  /** Current roles of these users; an unknown one, and one who is locked, is left out. */
  findActiveRoles(userIds: readonly string[]): Promise<Map<string, Role>>;
  /** As `Identity.assertActive`. */
  assertActive(transaction: StoreTransaction['database'], userId: string): Promise<void>;
  quotas: SessionQuotas;
  /** Handlers that the installation adds to the hook events of every session. They run after the permission policy. */
  hookHandlers: readonly HookHandler[];
  /** Those of plugins, in TypeScript. */
  pluginHooks: Pick<PluginHooks, 'of'>;
  /** Hears of each hook that failed, to be counted. */
  onHookFailure?(of: 'plugin' | 'installation'): void;
  /** Of agents that do not choose. */
  promptGuard: PromptGuardMode;
  /** Of the operator. */
  toolSearch: ToolSearchPolicy;
  /** Whether commands may run beside the conversation. */
  backgroundTasks: boolean;
  secretsInToolCalls: SecretMode;
  /** What the files of a session may take; a fork copies no more. */
  disk: DiskLimits;
  /** What those of all sessions of one user may take. */
  userDisk: DiskLimits;
  idleTimeoutMs: number;
  /** Tells others than the session's people of what waits for approval. */
  approvalNews: Pick<ApprovalNews, 'store'>;
  /** How long people may take to answer a request for approval, before it is denied. */
  approvalTimeoutMs: number;
  stallTimeoutMs: number;
}

/** Whether other servers can have the files of a session that is idle here. */
export function sharesFiles({ nodeId, placeId }: Pick<SessionDeps, 'nodeId' | 'placeId'>): boolean {
  return placeId !== nodeId;
}
