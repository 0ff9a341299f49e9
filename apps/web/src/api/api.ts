import type {
  DiskUseReport,
  AccountResource,
  AgentCommandList,
  ApprovalCardResource,
  AuditEntryList,
  BranchPlace,
  Bootstrap,
  HandOver,
  InvitationResource,
  Page,
  PasskeyResource,
  PendingApprovalList,
  Person,
  ProcessList,
  SessionOptions,
  SessionReload,
  SearchResultList,
  SessionResource,
  SessionRuleList,
  SessionShare,
  ShareLevel,
  SessionUpdateParams,
  SignInBody,
  SignInResource,
  SignInWays,
  UsageGrouping,
  UsageResource,
  UserResource,
  Policy,
  PolicyResource,
  PolicyRole,
  PolicyRule,
  PolicyTestResult,
  PushState,
} from '@claude-sdk-pattern/protocol';

import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';

import { toHref } from './base-path.ts';
import { ApiError, type SignOutReason } from './api-error.ts';
import { createDeploymentApi, type DeploymentApi } from './deployment-api.ts';
import { createGitApi, type GitApi } from './git-api.ts';
import { createMcpAppApi, type McpAppApi } from './mcp-app-api.ts';
import { createMcpServerApi, type McpServerApi } from './mcp-server-api.ts';
import { createMcpSignInApi, type McpSignInApi } from './mcp-sign-in-api.ts';
import { createChangesApi, type ChangesApi } from './changes-api.ts';
import { createConsoleApi, type ConsoleApi } from './console-api.ts';
import { createPluginApi, type PluginApi } from './plugin-api.ts';
import { createRequests } from './requests.ts';
import { createSecretApi, type SecretApi } from './secret-api.ts';
import { createFolderApi, type FolderApi } from './folder-api.ts';
import { createTrustApi, type TrustApi } from './trust-api.ts';
import { createWorkspaceApi, type WorkspaceApi } from './workspace-api.ts';
import { createBackgroundApi, type BackgroundApi } from './background-api.ts';
import { createTerminalApi, type TerminalApi } from './terminal-api.ts';
import { upload, type UploadOptions } from './upload.ts';

/** What `GET /api/v1/usage` takes: a day such as `2026-01-31`, of which `to` counts the whole, or an instant. */
export interface UsageQuery {
  from: string;
  to: string;
  group_by: UsageGrouping;
  user_id?: string;
  agent_id?: string;
  session_id?: string;
  model?: string;
  plugin?: string;
  upstream?: string;
  limit?: number;
}

export interface SessionListQuery {
  limit?: number;
  page?: string | null;
  includeArchived?: boolean;
  search?: string;
  /** Those that others share with the user, instead of their own. */
  shared?: boolean;
}

/** An API key of the signed-in user. The server returns the key itself only once, when it is created. */
export interface ApiKeyResource {
  id: string;
  name: string;
  /** The first characters of the key, by which its owner recognises it. */
  hint: string;
  created_at: string;
  scopes: ('read' | 'write')[];
  expires_at: string | null;
  last_used_at: string | null;
}

export interface NewApiKey {
  name: string;
  /** Without it the key does not expire. */
  expires_in_days?: number;
  /** All of them unless given. */
  scopes?: ('read' | 'write')[];
}

/** For whom an invitation is. */
export interface FoundInvitation {
  email: string;
  name: string;
  expires_at: string;
  /** The provider with which the person may accept it in place of a password. */
  single_sign_on: { name: string } | null;
}

/** A file stored on the server. The server detects `mime_type` from the file's bytes. */
export interface UploadedFile {
  id: string;
  filename: string;
  mime_type: string;
  size_bytes: number;
}

/** What an operator can do to the process of a session. */
export type ProcessAction = 'interrupt' | 'restart' | 'hibernate' | 'end';

/** A tool call to try, see `POST /api/v1/policy/test`. */
export interface PolicyTestParams {
  tool_name: string;
  input: Record<string, unknown>;
  role: PolicyRole;
  /** Rules that are not saved, to be tested in place of the stored ones. */
  rules?: PolicyRule[];
  never_ask?: PolicyRole[];
}

/** Ids, and days such as `2026-01-31`. */
export interface AuditFilters {
  action?: string;
  actor?: string;
  target?: string;
  from?: string;
  to?: string;
}

/** What somebody changes of their own account, see `PATCH /api/v1/account`. */
export interface AccountChanges {
  name?: string;
  email?: string;
  password?: string;
  current_password?: string;
  end_other_sign_ins?: boolean;
}

const PUSH = '/api/v1/push-subscription';
const SIGN_IN = '/api/v1/sign-in';
const INVITATION = {
  find: '/api/v1/invitations/find',
  accept: '/api/v1/invitations/accept',
  signOn: '/api/v1/invitations/single-sign-on',
};
/** A refusal of these says nothing of the cookie. */
const SIGNING_IN: readonly string[] = [SIGN_IN, ...Object.values(INVITATION)];

/** The HTTP side of the server. Every call rejects with an ApiError. */
export interface Api {
  bootstrap: () => Promise<Bootstrap>;
  signInWays: () => Promise<SignInWays>;
  signIn: (body: SignInBody) => Promise<void>;
  signOut: () => Promise<void>;
  getAccount: () => Promise<AccountResource>;
  updateAccount: (changes: AccountChanges) => Promise<AccountResource>;
  /** What `navigator.credentials.create` needs, in the JSON of WebAuthn. */
  beginPasskey: (body: { current_password: string | null }) => Promise<PublicKeyCredentialCreationOptionsJSON>;
  addPasskey: (body: { name: string; credential: unknown }) => Promise<PasskeyResource>;
  listPasskeys: () => Promise<Page<PasskeyResource>>;
  renamePasskey: (id: string, name: string) => Promise<PasskeyResource>;
  removePasskey: (id: string) => Promise<void>;
  /** What `navigator.credentials.get` needs, in the JSON of WebAuthn. */
  beginPasskeySignIn: () => Promise<PublicKeyCredentialRequestOptionsJSON>;
  listSessions: (query: SessionListQuery) => Promise<Page<SessionResource>>;
  /** By what was said in them. */
  searchSessions: (query: { query: string; limit: number }) => Promise<SearchResultList>;
  /** What the files of the user's sessions take. */
  diskUse: () => Promise<DiskUseReport>;
  getSession: (id: string) => Promise<SessionResource>;
  /** What waits for an answer of the user, in any session. */
  /** Those of own sessions first, of each session the 20 oldest. */
  listApprovals: () => Promise<PendingApprovalList['data']>;
  getApproval: (eventId: string) => Promise<ApprovalCardResource>;
  /** Hands a call that waits to the operators. */
  handOver: (sessionId: string, eventId: string, note: string | null) => Promise<HandOver>;
  takeBack: (sessionId: string, eventId: string) => Promise<void>;
  updateSession: (id: string, changes: SessionUpdateParams) => Promise<SessionResource>;
  deleteSession: (id: string) => Promise<void>;
  archiveSession: (id: string) => Promise<SessionResource>;
  unarchiveSession: (id: string) => Promise<SessionResource>;
  listApiKeys: () => Promise<Page<ApiKeyResource>>;
  createApiKey: (key: NewApiKey) => Promise<ApiKeyResource & { key: string }>;
  revokeApiKey: (id: string) => Promise<void>;
  /** With whom the session is shared. */
  listShares: (sessionId: string) => Promise<Page<SessionShare>>;
  putShare: (sessionId: string, userId: string, level: ShareLevel) => Promise<SessionShare>;
  endShare: (sessionId: string, userId: string) => Promise<void>;
  /** The person with this whole email address, or none. */
  findPeople: (email: string) => Promise<Page<Person>>;
  /** People whom the user may see, by a part of name or email. */
  searchPeople: (text: string, signal: AbortSignal) => Promise<Page<Person>>;
  uploadFile: (file: File, options: UploadOptions) => Promise<UploadedFile>;
  getFile: (id: string) => Promise<UploadedFile>;
  listCommands: (sessionId: string) => Promise<AgentCommandList>;
  /** Where the page of an app is, for a frame. */
  toMcpAppPath: (sessionId: string, digest: string) => string;
  /** Whether the server still has it. */
  hasMcpApp: (sessionId: string, digest: string) => Promise<boolean>;
  /** The rules that a person has allowed for the session. */
  listRules: (sessionId: string) => Promise<SessionRuleList>;
  revokeRule: (sessionId: string, ruleId: string) => Promise<void>;
  /** Where the conversation went on in several ways. */
  listBranches: (sessionId: string) => Promise<{ data: BranchPlace[] }>;
  /** The next message of the session starts with the present plugins. */
  reloadSession: (sessionId: string) => Promise<SessionReload>;
  /** What the next process of the session starts with, and which plugins the running one has. */
  explainOptions: (sessionId: string) => Promise<SessionOptions>;
  getPushState: () => Promise<PushState>;
  /** `subscription` as the browser's `PushSubscription.toJSON()` writes it. */
  putPushSubscription: (subscription: PushSubscriptionJSON) => Promise<PushState>;
  endPushSubscription: () => Promise<void>;
  listSignIns: () => Promise<Page<SignInResource>>;
  endSignIn: (id: string) => Promise<void>;
  /** Ends all sign-ins but this one. */
  endOtherSignIns: () => Promise<void>;
  findInvitation: (token: string) => Promise<FoundInvitation>;
  /** Sets name and password of the account, and signs in. No password where the server takes none. */
  acceptInvitation: (body: { token: string; name: string; password?: string }) => Promise<void>;
  /** Resolves with the address of the provider, where the browser goes to accept the invitation. */
  beginInvitationSignOn: (token: string) => Promise<{ url: string }>;
  /** For operators only. */
  listUsers: (page: string | null) => Promise<Page<UserResource>>;
  /** For administrators only, as all that changes accounts. Without a password the account has an invitation. */
  createUser: (
    user: Pick<UserResource, 'email' | 'name' | 'role'>,
  ) => Promise<UserResource & { invitation: InvitationResource }>;
  updateUser: (
    id: string,
    changes: Partial<Pick<UserResource, 'email' | 'name' | 'role' | 'status'>>,
  ) => Promise<UserResource>;
  /** @param transferTo id of the user who gets what the account owns; null deletes it */
  deleteUser: (id: string, transferTo: string | null) => Promise<void>;
  inviteUser: (id: string) => Promise<InvitationResource>;
  /** For operators only. */
  listProcesses: () => Promise<ProcessList>;
  commandProcess: (sessionId: string, action: ProcessAction) => Promise<void>;
  getPolicy: () => Promise<PolicyResource>;
  putPolicy: (policy: Policy) => Promise<PolicyResource>;
  testPolicy: (call: PolicyTestParams) => Promise<PolicyTestResult>;
  /** Newest first. For operators only. */
  listAudit: (query: AuditFilters & { page: string | null }) => Promise<AuditEntryList>;
  getUsage: (query: UsageQuery, signal: AbortSignal) => Promise<UsageResource>;
  /** Where the browser downloads the same as a table. */
  toUsageCsvPath: (query: UsageQuery) => string;
  /** The same for turns of which Claude Code has counted another cost. */
  toDifferencesCsvPath: (query: Pick<UsageQuery, 'from' | 'to' | 'user_id' | 'limit'>) => string;
  changes: ChangesApi;
  git: GitApi;
  plugins: PluginApi;
  console: ConsoleApi;
  secrets: SecretApi;
  deployments: DeploymentApi;
  mcpApps: McpAppApi;
  mcpServers: McpServerApi;
  mcpSignIns: McpSignInApi;
  workspace: WorkspaceApi;
  terminals: TerminalApi;
  background: BackgroundApi;
  trust: TrustApi;
  folders: FolderApi;
}

/**
 * Creates the API client for the server that this page came from. The browser's cookie signs the requests in.
 * `onRefused` is called whenever the server answers that the cookie is not, or no longer, valid.
 */
export function createApi(
  onRefused: (reason: SignOutReason) => void,
  fetcher: typeof fetch = (...args) => fetch(...args),
): Api {
  const requests = createRequests({ onRefused, fetcher, signingIn: SIGNING_IN });
  const { json, nothing, look, noteError } = requests;
  const session = (id: string) => `/v1/sessions/${encodeURIComponent(id)}`;
  const handOverPath = (id: string, eventId: string) =>
    `/api${session(id)}/approvals/${encodeURIComponent(eventId)}/hand-over`;
  const passkey = (id: string) => `/api/v1/passkeys/${encodeURIComponent(id)}`;
  const account = (id: string) => `/api/v1/users/${encodeURIComponent(id)}`;

  return {
    bootstrap: () => json('GET', '/api/v1/bootstrap'),
    signInWays: () => json('GET', SIGN_IN),
    signIn: (body) => nothing('POST', SIGN_IN, body),
    signOut: () => nothing('POST', '/api/v1/sign-out'),
    getAccount: () => json('GET', '/api/v1/account'),
    updateAccount: (changes) => json('PATCH', '/api/v1/account', changes),
    beginPasskey: (body) => json('POST', '/api/v1/passkeys/options', body),
    addPasskey: (body) => json('POST', '/api/v1/passkeys', body),
    listPasskeys: () => json('GET', '/api/v1/passkeys'),
    renamePasskey: (id, name) => json('PATCH', passkey(id), { name }),
    removePasskey: (id) => nothing('DELETE', passkey(id)),
    beginPasskeySignIn: () => json('POST', `${SIGN_IN}/passkey`),
    listSessions: ({ limit = 50, page, includeArchived, search, shared }) =>
      json(
        'GET',
        `/v1/sessions?${toQuery({ limit, page, include_archived: includeArchived, search, shared, sort_by: 'updated_at' })}`,
      ),
    searchSessions: (query) => json('GET', `/api/v1/search?${toQuery(query)}`),
    diskUse: () => json('GET', '/api/v1/disk-use'),
    updateSession: (id, changes) => json('POST', session(id), changes),
    deleteSession: (id) => nothing('DELETE', session(id)),
    archiveSession: (id) => json('POST', `${session(id)}/archive`),
    unarchiveSession: (id) => json('POST', `${session(id)}/unarchive`),
    listApiKeys: () => json('GET', '/api/v1/api-keys'),
    createApiKey: (key) => json('POST', '/api/v1/api-keys', key),
    revokeApiKey: (id) => nothing('DELETE', `/api/v1/api-keys/${encodeURIComponent(id)}`),
    listShares: (id) => json('GET', `/api${session(id)}/shares`),
    putShare: (id, userId, level) => json('PUT', `/api${session(id)}/shares/${encodeURIComponent(userId)}`, { level }),
    endShare: (id, userId) => nothing('DELETE', `/api${session(id)}/shares/${encodeURIComponent(userId)}`),
    findPeople: (email) => json('GET', `/api/v1/people?${toQuery({ email })}`),
    searchPeople: (text, signal) => look(`/api/v1/people?${toQuery({ search: text })}`, signal),
    uploadFile(file, options) {
      const body = new FormData();
      body.set('file', file, file.name);
      return upload<UploadedFile>('/v1/files', body, options).catch((error: unknown) => {
        noteError(error);
        throw error;
      });
    },
    getFile: (id) => json('GET', `/v1/files/${encodeURIComponent(id)}`),
    getSession: (id) => json('GET', session(id)),
    listApprovals: () => listPages((page) => json('GET', `/api/v1/approvals?${toQuery({ limit: 500, page })}`)),
    getApproval: (eventId) => json('GET', `/api/v1/approvals/${encodeURIComponent(eventId)}`),
    handOver: (id, eventId, note) => json('PUT', handOverPath(id, eventId), { note }),
    takeBack: (id, eventId) => nothing('DELETE', handOverPath(id, eventId)),
    listRules: (id) => json('GET', `/api${session(id)}/rules`),
    revokeRule: (id, ruleId) => nothing('DELETE', `/api${session(id)}/rules/${encodeURIComponent(ruleId)}`),
    listBranches: (id) => json('GET', `/api${session(id)}/branches`),
    reloadSession: (id) => json('POST', `/api${session(id)}/reload`),
    explainOptions: (id) => json('GET', `/api${session(id)}/options`),
    toMcpAppPath: (id, digest) => toHref(toMcpAppPath(id, digest)),
    hasMcpApp: (id, digest) =>
      nothing('HEAD', toMcpAppPath(id, digest)).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 404) return false;
          throw error;
        },
      ),
    listCommands: (id) => json('GET', `/api${session(id)}/commands`),
    getPushState: () => json('GET', PUSH),
    putPushSubscription: (subscription) => json('PUT', PUSH, subscription),
    endPushSubscription: () => nothing('DELETE', PUSH),
    listSignIns: () => json('GET', '/api/v1/sign-ins'),
    endSignIn: (id) => nothing('DELETE', `/api/v1/sign-ins/${encodeURIComponent(id)}`),
    endOtherSignIns: () => nothing('DELETE', '/api/v1/sign-ins'),
    findInvitation: (token) => json('POST', INVITATION.find, { token }),
    acceptInvitation: (body) => nothing('POST', INVITATION.accept, body),
    beginInvitationSignOn: (token) => json('POST', INVITATION.signOn, { token }),
    listUsers: (page) => json('GET', `/api/v1/users?${toQuery({ limit: 100, page })}`),
    createUser: (user) => json('POST', '/api/v1/users', user),
    updateUser: (id, changes) => json('PATCH', account(id), changes),
    deleteUser: (id, transferTo) => nothing('DELETE', `${account(id)}?${toQuery({ transfer_to: transferTo })}`),
    inviteUser: (id) => json('POST', `${account(id)}/invitation`),
    listProcesses: () => json('GET', '/api/v1/processes'),
    getPolicy: () => json('GET', '/api/v1/policy'),
    putPolicy: (policy) => json('PUT', '/api/v1/policy', policy),
    testPolicy: (call) => json('POST', '/api/v1/policy/test', call),
    listAudit: (query) => json('GET', `/api/v1/audit?${toQuery({ ...query })}`),
    getUsage: (query, signal) => look(`/api/v1/usage?${toQuery({ ...query })}`, signal),
    toDifferencesCsvPath: (query) => toHref(`/api/v1/usage/differences?${toQuery({ ...query, format: 'csv' })}`),
    toUsageCsvPath: (query) => toHref(`/api/v1/usage?${toQuery({ ...query, format: 'csv' })}`),
    changes: createChangesApi(requests),
    git: createGitApi(requests),
    plugins: createPluginApi(requests),
    console: createConsoleApi(requests),
    secrets: createSecretApi(requests),
    deployments: createDeploymentApi(requests),
    mcpApps: createMcpAppApi(requests),
    mcpServers: createMcpServerApi(requests),
    mcpSignIns: createMcpSignInApi(requests),
    workspace: createWorkspaceApi(requests),
    terminals: createTerminalApi(requests),
    background: createBackgroundApi(requests),
    trust: createTrustApi(requests),
    folders: createFolderApi(requests),
    commandProcess: (id, action) => nothing('POST', `/api/v1/processes/${encodeURIComponent(id)}/${action}`),
  };
}

function toQuery(values: Record<string, string | number | boolean | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') query.set(key, String(value));
  }
  return query.toString();
}

/** More than a person answers; what is left out follows when they have answered. */
const MAX_PAGES = 4;

async function listPages<T>(
  load: (page: string | null) => Promise<{ data: T[]; next_page: string | null }>,
): Promise<T[]> {
  const found: T[] = [];
  let page: string | null = null;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const loaded: { data: T[]; next_page: string | null } = await load(page);
    found.push(...loaded.data);
    page = loaded.next_page;
    if (page === null) break;
  }
  return found;
}

function toMcpAppPath(sessionId: string, digest: string): string {
  return `/api/v1/sessions/${encodeURIComponent(sessionId)}/apps/${encodeURIComponent(digest)}`;
}
