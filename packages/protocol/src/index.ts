export type { ErasedPersonResource } from './erased-person.ts';
export type { EventActor } from './event-actor.ts';
export type { EventPlugin } from './event-plugin.ts';
export type {
  FaultDetailsResource,
  McpServerCheck,
  McpServerState,
  McpToolResource,
  McpToolTest,
  McpTransport,
  PluginPartHealth,
  SessionMcpServerResource,
} from './mcp-server.ts';
export {
  chatRequest,
  clientFrame,
  type ClientFrame,
  type ClientFrameOf,
  type ClientFrameType,
} from './client-frames.ts';
export type {
  RewindResult,
  RewoundFiles,
  WorkspaceChange,
  WorkspaceChanges,
  WorkspaceChangeStatus,
  WorkspaceDiff,
  WorkspaceStateList,
  WorkspaceStateResource,
} from './workspace-changes.ts';
export type {
  GitCommitResult,
  GitFile,
  GitFileStatus,
  GitPullRequestResult,
  GitPushResult,
  GitRepositoryState,
  GitRepositoryStateList,
} from './workspace-git.ts';
export type {
  BroughtItemResource,
  BroughtKind,
  WorkspaceTrustPlace,
  WorkspaceTrustResource,
  WorkspaceTrustReview,
} from './workspace-trust.ts';
export type { BudgetList, BudgetResource, BudgetResourcePeriod, BudgetResourceScope, PricedModel } from './budget.ts';
export { budgetLimit, monetaryAmount, type MonetaryAmount } from './v1/budget-limit.ts';
export type {
  AttentionItem,
  AttentionKind,
  HealthPart,
  HealthPartName,
  OverviewLoad,
  OverviewResource,
} from './overview.ts';
export type { DiskAmount, DiskUseReport, SessionDiskUse } from './disk-use.ts';
export type { SearchHit, SearchResult, SearchResultList } from './search.ts';
export type { SettingResource } from './setting.ts';
export {
  TERMINAL_END_REASONS,
  terminalClientFrame,
  terminalSize,
  type TerminalClientFrame,
  type TerminalEnd,
  type TerminalList,
  type TerminalResource,
  type TerminalServerFrame,
} from './terminal.ts';
export { STOP_SCOPES, type StopImpact, type StopResource, type StopScope, type ToldStop } from './stop.ts';
export type { FolderLeaseResource, FolderRole, FolderRootListing, FolderRootResource } from './local-folder.ts';
export type { ToldStorageProblem } from './storage-problem.ts';
export type {
  CostDifferenceCause,
  CostDifferenceResource,
  CostDifferencesResource,
  UsageGrouping,
  UsageGroupResource,
  UsageResource,
} from './usage.ts';
export { userContent, userContentBlock, type ResultContentBlock, type UserContentBlock } from './content.ts';
export {
  CspError,
  ERROR_CODES,
  type CspErrorOptions,
  type ErrorBody,
  type ErrorCode,
  type ErrorEnvelope,
  type ErrorType,
} from './errors.ts';
export {
  isExtensionEvent,
  type ApprovalRequestedEvent,
  type BackgroundTasksUpdatedEvent,
  type ElicitationRequestedEvent,
  type ExtensionEvent,
  type FilesRewoundEvent,
  type NoticeSignIn,
  type ProcessHibernatedEvent,
  type ProcessReadyEvent,
  type ProcessRestartCause,
  type RetryScheduledEvent,
  type RuleGrantedEvent,
  type RuleRevokedEvent,
  type SessionBranchedEvent,
  type TodosUpdatedEvent,
  type TurnCompletedEvent,
  type TurnStartedEvent,
} from './extension-events.ts';
export {
  findConversationPath,
  isOnPath,
  type Branching,
  type BranchPlace,
  type EventRange,
} from './conversation-path.ts';
export type {
  BackgroundTask,
  BackgroundTaskEndReason,
  BackgroundTaskList,
  BackgroundTaskOutput,
} from './background-task.ts';
export { createId, type IdPrefix } from './ids.ts';
export {
  CLOSE_ACCESS_CHANGED,
  CLOSE_GOING_AWAY,
  CLOSE_SLOW_READER,
  CLOSE_TOO_LARGE,
  MAX_EVENTS_PER_SEND,
  MAX_FRAMES_PER_REQUEST,
  MAX_FRAME_BYTES,
  TERMINAL_WINDOW_BYTES,
  MAX_MESSAGE_BYTES,
} from './limits.ts';
export { permissionMode, type PermissionMode } from './permission-mode.ts';
export type { PluginGrantsResource, PluginPartResource, PluginProblemResource, PluginResource } from './plugin.ts';
export type {
  PluginFileChange,
  PluginFileReviewResource,
  PluginPartChange,
  PluginReviewResource,
  PluginTextDiff,
  PluginValueChange,
} from './plugin-review.ts';
export type {
  AccountConfirmation,
  AccountResource,
  AuditEntryList,
  AuditEntryResource,
  Bootstrap,
  ListedEvent,
  LogLevelResource,
  Page,
  ProcessList,
  UpstreamList,
  UpstreamResource,
  ProcessResource,
  ProcessPoolResource,
  ProcessSampleResource,
  SignInBody,
  InvitationResource,
  PushState,
  PasskeyResource,
  McpClientResource,
  McpSignInBeginning,
  McpSignInResource,
  SecretResource,
  SignInResource,
  SignInWays,
  UserResource,
} from './rest.ts';
export type {
  BranchedReply,
  ErrorFrame,
  EventFrame,
  PongFrame,
  PluginsChangedFrame,
  PresenceFrame,
  PreviewFrame,
  ReplyFrame,
  ReplyResults,
  ServerFrame,
  SessionDeletedFrame,
  SessionUnsharedFrame,
  SessionFrame,
} from './server-frames.ts';
export type {
  AgentMcpToolResultEvent,
  AgentCustomToolUseEvent,
  AgentMcpToolUseEvent,
  AgentMessageEvent,
  AgentThinkingEvent,
  AgentToolResultEvent,
  AgentToolUseEvent,
  PreviewEvent,
  QueuePositionPreview,
  ResourceProgressPreview,
  SessionEvent,
  SessionUpdatedEvent,
  SessionUsageEvent,
  StopReason,
  ThreadCreatedEvent,
  UserInterruptEvent,
  UserMessageEvent,
  UserCustomToolResultEvent,
  UserToolConfirmationEvent,
} from './session-events.ts';
export {
  sessionCreateParams,
  sessionUpdateParams,
  type SessionCreateParams,
  type SessionResource,
  type SessionUpdateParams,
} from './session-resource.ts';
export type { Person, PresentPerson, SessionShare, SharedWithMe, ShareLevel } from './session-share.ts';
export type {
  ApprovalCardResource,
  GivenAnswer,
  HandOver,
  PendingApprovalList,
  PendingApprovalResource,
} from './pending-approval.ts';
export {
  findContentProblem,
  type ElicitationContent,
  type ElicitationField,
  type FieldProblem,
} from './elicitation.ts';
export {
  findHiddenTexts,
  hideTexts,
  maskSecrets,
  SECRET_MODES,
  toFieldName,
  toHidden,
  type HiddenText,
  type SecretMark,
  type SecretMode,
} from './secret-mark.ts';
export type {
  DecisionSource,
  Policy,
  PolicyEffect,
  PolicyLayer,
  PolicyResource,
  PolicyRole,
  PolicyRule,
  PolicyTestResult,
} from './policy.ts';
export type {
  ExplainedConflict,
  ExplainedOption,
  OptionOrigin,
  SessionOptions,
  SessionPlugin,
  SessionReload,
  SkillList,
  ToolSearchSummary,
} from './session-options.ts';
export {
  MCP_APP_MODES,
  type McpAppAnswer,
  type McpAppConfirmation,
  type McpAppMode,
  type McpAppReference,
} from './mcp-app.ts';
export type { RuleSubject, SessionRule, SessionRuleList } from './session-rule.ts';
export {
  userEventParams,
  type UserEventParams,
  type UserMessageParams,
  type CustomToolResultParams,
  type UserToolConfirmationParams,
} from './user-events.ts';
export type {
  AgentCommand,
  AgentCommandList,
  WorkspaceEntry,
  WorkspaceEntryKind,
  WorkspaceFile,
  WorkspaceFileList,
  WorkspaceStampList,
  WrittenWorkspaceFile,
} from './workspace.ts';
