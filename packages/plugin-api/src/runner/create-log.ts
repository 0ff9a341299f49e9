import type { PluginLog } from '../plugin-context.ts';

export type WriteLog = (level: keyof PluginLog, message: string) => void;

export function createLog(write: WriteLog): PluginLog {
  return {
    debug: (message) => write('debug', message),
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message) => write('error', message),
  };
}
