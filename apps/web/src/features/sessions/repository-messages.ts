/** Texts of the repository in the form of a new session. */
export const t = {
  legend: 'Start from a repository',
  url: 'Repository',
  branch: 'Branch',
  defaultBranch: 'its default',
  token: 'Token',
  noToken: 'for a private one',
  leaveOut: 'Start without a repository',
  help: 'The agent gets the files and may fetch and push. The token stays on the server, encrypted.',
  more: 'Folder, submodules, SSH',
  subfolder: 'Only this folder',
  wholeRepository: 'the whole repository',
  subfolderHelp: 'With the files at the top of the repository beside it.',
  secret: 'Secret in place of a token',
  noSecret: 'its name',
  secretHelp: 'One of yours, from Settings: a private key for SSH, a token, or user:password.',
  submodules: 'With its submodules',
};
