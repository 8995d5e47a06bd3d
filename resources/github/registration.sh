# ROOT: the registration that is there, as text; nothing where there is none. Runs as the runner's own account.
cd -- "$1" || exit 0
set --
for file in .runner .credentials .credentials_rsaparams .runner_migrated .credentials_migrated .path; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then set -- "$@" "$file"; fi
done
[ $# = 0 ] || tar -cf - -- "$@" | base64
