import { listConfigVariables } from '@claude-sdk-pattern/server/config/schema';

const USAGE = `csp – a self-hosted platform for Claude agents

Usage: csp <command> [options]      from a checkout: npm run csp -- <command> [options]

  start             start the server
  doctor [--json]   check everything the server needs; exit code 1 when something it cannot do without is missing
  sign-in-link      print a new one-time link, for whoever has lost the way in
  audit verify      check that nobody has changed the audit log; csp audit --help tells more
  plugin            take in, activate and check plugins; csp plugin --help tells more
  options explain   what the process of a session starts with, and where each option comes from
  secrets           list, set and remove secrets, encrypt them with a new key; csp secrets --help tells more
  sign-ins          sign in to MCP servers, list and end sign-ins; csp sign-ins --help tells more
  stop              stop all agents, those of a user or of an agent, a plugin; lift it; csp stop --help tells more
  drain             take a server out of service and put it back; csp drain --help tells more
  schedules         list deployments, run, pause and unpause them; csp schedules --help tells more
  usage             what model calls have used and cost, by time, model, person; csp usage --help tells more
  log-level         how much the server logs, and change it without a restart; csp log-level --help tells more
  backup            back the server up while it runs, check a backup; csp backup --help tells more
  restore           restore a backup into an empty data directory; csp restore --help tells more
  export            download everything that is kept of a person; csp export --help tells more
  erase             erase a person and all that they own; csp erase --help tells more
  chat              talk to an agent in the terminal; csp chat --help tells more

Everything is set by environment variables. NAME_FILE is the path of a file that holds the value of NAME:
`;

/** The text of `csp --help`: usage, then every configuration variable with its default and unit. */
export function formatHelp(): string {
  const variables = listConfigVariables().map(({ name, description, unit, ...rest }) => {
    const value = rest.default === undefined ? 'not set' : `${rest.default}${unit === undefined ? '' : ` ${unit}`}`;
    return `  ${name}\n      ${description} [${value}]`;
  });
  return `${USAGE}\n${variables.join('\n')}`;
}
