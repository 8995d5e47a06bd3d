# "UNIT URL" …: each server reads its configuration anew.
PATH=$PATH:/usr/sbin:/sbin
failed=0
for server; do
  unit=${server%% *} url=${server#* }
  pid=$(systemctl show -p MainPID --value -- "$unit" 2>/dev/null)
  # It reads its files when it starts.
  [ "${pid:-0}" -gt 0 ] || continue
  flags=$(tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null)
  case $flags in
  *alertmanager* | *--web.enable-lifecycle*)
    if command -v curl >/dev/null; then
      said=$(curl -sS --max-time 60 -X POST -o - -w '\n%{http_code}' -- "$url/-/reload" 2>&1)
      case ${said##*
} in
      200) continue ;;
      # It may answer elsewhere, or not to this host: the signal reaches it all the same.
      000 | 403 | 404 | 405) ;;
      *) printf '%s\n' "${said%
*}" | sed 's/`[^`]*`/…/g' >&2; failed=1; continue ;;
      esac
    fi ;;
  esac
  systemctl reload -- "$unit" 2>/dev/null || systemctl kill -s HUP --kill-who=main -- "$unit" || failed=1
done
exit $failed
