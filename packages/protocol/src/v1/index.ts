export {
  agentCreateParams,
  agentUpdateParams,
  definitionScope,
  sessionAgent,
  sessionAgentUpdate,
  type AgentCreateParams,
  type AgentModelParams,
  type AgentResource,
  type AgentUpdateParams,
  type SessionAgentParams,
  type SessionAgentUpdate,
  promptGuardMode,
  type PromptGuardMode,
  toolSearchMode,
  type ToolSearchMode,
} from './agent-resource.ts';
export { agentSkills, type AgentSkillParams } from './agent-skills.ts';
export {
  AGENT_TOOL_NAMES,
  type AgentToolName,
  type AgentToolParams,
  type CustomTool,
  type McpServerParams,
  type PermissionPolicy,
  type ResolvedToolset,
} from './agent-tools.ts';
export {
  deploymentCreateParams,
  deploymentUpdateParams,
  incomingWebhookParams,
  type DeploymentCreateParams,
  type DeploymentErrorType,
  type DeploymentPausedReason,
  type DeploymentResource,
  type DeploymentRunResource,
  type DeploymentUpdateParams,
  type IncomingWebhookParams,
  type IncomingWebhookResource,
} from './deployment-resource.ts';
export {
  environmentCreateParams,
  environmentUpdateParams,
  type EnvironmentConfigParams,
  type EnvironmentCreateParams,
  type EnvironmentResource,
  type EnvironmentUpdateParams,
} from './environment-resource.ts';
export { expiresInSeconds, type FileResource } from './file-resource.ts';
export { MAX_METADATA_PAIRS, type MetadataPatch } from './metadata.ts';
export { flag, listOf, paging, timestamp } from './query.ts';
export {
  FOLDER_MODES,
  sessionResourceParams,
  sessionResourceUpdateParams,
  type FolderMode,
  type LocalFolderParams,
  type LocalFolderResource,
  type MountedFileResource,
  type RepositoryCheckout,
  type RepositoryParams,
  type RepositoryResource,
  type RepositorySubmodule,
  type SessionResourceItem,
  type SessionResourceParams,
} from './session-resources.ts';
export type { SkillResource, SkillVersionResource } from './skill-resource.ts';
export {
  credentialCreateParams,
  credentialUpdateParams,
  vaultCreateParams,
  vaultUpdateParams,
  type CredentialCreateParams,
  type CredentialResource,
  type CredentialUpdateParams,
  type CredentialValidation,
  type McpOauthParams,
  type McpOauthUpdate,
  type StaticBearerParams,
  type VaultCreateParams,
  type VaultResource,
  type VaultUpdateParams,
} from './vault-resource.ts';
export { unsupported } from './unsupported.ts';
