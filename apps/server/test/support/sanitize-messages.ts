/** Fields whose values differ with every run, and what stands for them. */
const CONSTANTS: Readonly<Record<string, unknown>> = {
  signature: '',
  timestamp: '2026-02-01T12:00:00.000Z',
  end_time: 1,
  run_id: 'run',
  // Of the machine and the release, and as long as the rest together.
  tools: [],
  slash_commands: [],
  skills: [],
  agents: [],
  plugins: [],
  memory_paths: {},
  messaging_socket_path: '',
  commands: [],
  capabilities: [],
  claude_code_version: '2.1.332',
  usage_by_model: {},
};

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const AGENT_ID = /\ba[0-9a-f]{16}\b/g;
const API_ID = /\b(toolu|msg|req)_[A-Za-z0-9]{8,}/g;
/** The CLI gives a plan's file a name of three random words. */
const PLAN_FILE = /plans\/[a-z-]+\.md/g;
const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * Takes out of recorded messages what differs from run to run or tells of the machine: ids are numbered in the order
 * of their first appearance, so that what belonged together still does.
 */
export function createSanitizer(paths: Readonly<Record<string, string>>): (message: unknown) => unknown {
  const numbered = new Map<string, string>();
  const number = (id: string, toName: (count: number) => string) => {
    const known = numbered.get(id) ?? toName(numbered.size + 1);
    numbered.set(id, known);
    return known;
  };

  const sanitizeText = (text: string): string => {
    let result = text;
    for (const [path, name] of Object.entries(paths)) {
      // The CLI also writes a path with dashes for slashes, as the name of a folder.
      result = result.replaceAll(path, name).replaceAll(path.replaceAll(/[/.]/g, '-'), name.replaceAll('/', '-'));
    }
    return result
      .replaceAll(UUID, (id) => number(id, (count) => `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`))
      .replaceAll(API_ID, (id) => number(id, (count) => `${id.slice(0, id.indexOf('_'))}_${count}`))
      .replaceAll(AGENT_ID, (id) => number(id, (count) => `agent_${count}`))
      .replaceAll(PLAN_FILE, 'plans/plan.md')
      .replaceAll(ISO_TIME, '2026-02-01T12:00:00.000Z');
  };

  const sanitize = (value: unknown, key: string): unknown => {
    if (key in CONSTANTS) return CONSTANTS[key];
    if (typeof value === 'string') return sanitizeText(value);
    if (typeof value === 'number') return /(_ms|Ms|ttft|duration)/.test(key) ? 1 : value;
    if (Array.isArray(value)) return value.map((each) => sanitize(each, ''));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sanitize(each, name)]));
    }
    return value;
  };
  return (message) => sanitize(message, '');
}
