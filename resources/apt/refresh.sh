# apt-refresh MAX_AGE LOCK_TIMEOUT NAME[=VERSION]…: after it, the package lists know every one of them. Names and versions have no
# characters that sh sees, but for one * at a version's end.
max_age=$1 lock_timeout=$2
shift 2
unknown() {
  table=$(for spec; do printf '%s\n' "${spec%%=*}"; done | xargs apt-cache madison -- 2>/dev/null)
  for spec; do
    name=${spec%%=*} wanted='*'
    case $spec in *=*) wanted=${spec#*=} ;; esac
    printf '%s\n' "$table" | {
      while IFS=' |' read -r listed version _; do
        [ "$listed" = "$name" ] || [ "$listed" = "${name%%:*}" ] || continue
        case $version in $wanted) exit 0 ;; esac
      done
      exit 1
    } || printf '%s ' "$spec"
  done
}
old() {
  [ "$max_age" != any ] || return 1
  newest=$(stat -c %Y /var/lib/apt/lists /var/lib/apt/lists/partial 2>/dev/null | sort -n | tail -n 1)
  [ $(($(date +%s) - ${newest:-0})) -gt "$max_age" ]
}
# DPkg::Lock::Timeout does not cover the lock of the lists.
update() {
  end=$(($(date +%s) + lock_timeout))
  while :; do
    if said=$(apt-get -q update 2>&1); then
      # A way back after a power cut must be able to read them.
      sync /var/lib/apt/lists/* /var/lib/apt/lists 2>/dev/null
      return 0
    fi
    case $said in *'Could not get lock /var/lib/apt/lists'*) ;; *) return 1 ;; esac
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 1
  done
}
said=
missing=$(unknown "$@")
if [ -n "$missing" ] || old; then
  update
  [ -z "$missing" ] || missing=$(unknown "$@")
fi
[ -n "$missing" ] || exit 0
printf '%s\n' "$said" | grep '^[EW]:' >&2
echo "no package list knows ${missing% }" >&2
exit 1
