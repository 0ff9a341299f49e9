import { CspError } from '@claude-sdk-pattern/protocol';

/** The error for a name that another plugin has. */
export function toTaken(name: string): CspError {
  return new CspError('state_conflict', `There is a plugin ${name} already. Upgrade it, or remove it first`, {
    details: { name },
  });
}

/** The error for a plugin that somebody else has changed since it was read. */
export function toChanged(name: string): CspError {
  return new CspError('state_conflict', `The plugin ${name} was changed meanwhile. Look at it again`);
}
