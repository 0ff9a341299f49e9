/** The variable that marks a process as ours, for those who look for what a dead server left behind: `NODE/SESSION`. */
export const PROCESS_MARKER = 'CLAUDE_SDK_PATTERN_PROCESS';
