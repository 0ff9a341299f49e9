/** For a program that sends as much as it can. */
export const NO_RATE_LIMITS = {
  CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE: '0',
  CLAUDE_SDK_PATTERN_MAX_NEW_SESSIONS_PER_MINUTE: '0',
};
