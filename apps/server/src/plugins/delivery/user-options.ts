import type { Json } from '../../audit/canonical-json.ts';
import { replaceReferences } from '../manifest/references.ts';
import type { ActivePlugin } from '../plugin-set.ts';

/**
 * What stands for `${user_config.NAME}` in the Markdown and hooks of a plugin, as the CLI (2.1.332) puts it in: what was
 * configured, or the default. Not what is sensitive or names a secret: the model, and whoever can read the folder, would see
 * it. Pure.
 */
export function toUserOptions({ manifest, configuration }: Pick<ActivePlugin, 'manifest' | 'configuration'>) {
  const options = Object.entries(manifest.userConfig ?? {}).flatMap(([name, { sensitive, default: stated }]) => {
    const value: Json = configuration[name] ?? stated;
    const text = value === undefined ? undefined : toText(value);
    return sensitive === true || text === undefined || text.includes('${') ? [] : [[name, text] as const];
  });
  return new Map(options);
}

/** Puts the options in place of their references. Others stay as they are: the CLI fills in its own. */
export function fillIn(text: string, options: ReadonlyMap<string, string>): string {
  return options.size === 0
    ? text
    : replaceReferences(text, (name) => options.get(/^user_config\.(\w+)$/.exec(name)?.[1] ?? ''));
}

/**
 * The handlers of an event with options put into arguments. Not into commands: who configures a plugin does not choose what
 * is run, and the CLI runs no line of a shell that names one.
 */
export function fillInHandlers(matchers: readonly unknown[], options: ReadonlyMap<string, string>): unknown[] {
  const fill = (handler: unknown): unknown => {
    const { args } = handler as { args?: unknown };
    if (!Array.isArray(args)) return handler;
    return {
      ...(handler as object),
      args: args.map((arg) => (typeof arg === 'string' ? fillIn(arg, options) : (arg as unknown))),
    };
  };
  return matchers.map((matcher) => {
    const { hooks } = matcher as { hooks?: unknown };
    return Array.isArray(hooks) ? { ...(matcher as object), hooks: hooks.map(fill) } : matcher;
  });
}

/** Lists as Claude Code writes them. */
function toText(value: Json): string {
  if (Array.isArray(value)) return value.map(toText).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
