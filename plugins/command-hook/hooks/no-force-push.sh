# Gets the call as JSON on its standard input. Exit code 2 blocks it, and the agent reads what is on standard error.
if grep -Eq 'git push[^"]* (--force|-f)'; then
  echo 'Pushes are not forced here: pull first, and push again.' >&2
  exit 2
fi
