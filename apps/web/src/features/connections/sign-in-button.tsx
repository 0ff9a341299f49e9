import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { LogIn } from 'lucide-react';

import type { McpSignInServer } from '../../api/mcp-sign-in-api.ts';
import { Button, type ButtonProps } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';
import { useBeginSignIn } from './use-begin-sign-in.ts';

interface SignInButtonProps extends Pick<ButtonProps, 'look' | 'size'> {
  server: McpSignInServer;
  /** For the person, or for the platform, which operators may. */
  scope: McpSignInResource['scope'];
  label: string;
}

/** The button that leads to the sign-in of an MCP server, and what went wrong on the way. */
export function SignInButton({ server, scope, label, ...looks }: SignInButtonProps) {
  const { begin, beginning, leave, cancel, busy, problem } = useBeginSignIn(server, scope);
  return (
    <div className="flex min-w-0 flex-col items-start gap-2">
      <Button {...looks} busy={busy} onClick={begin}>
        <LogIn size={14} aria-hidden />
        {busy ? t.leading : label}
      </Button>
      {beginning !== null && (
        <ConfirmDialog
          title={t.leaveTitle(toHost(beginning.issuer))}
          help={t.leaveHelp(toHost(beginning.issuer), toHost(beginning.server_url))}
          confirm={t.leave}
          onConfirm={leave}
          onClose={cancel}
        />
      )}
      {problem !== null && <Trouble text={t.beginFailed} problem={problem} onRetry={begin} />}
    </div>
  );
}

function toHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
