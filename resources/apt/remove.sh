# apt-remove remove|purge LOCK_TIMEOUT NAME…: takes these packages off, and no other.
verb=$1
timeout=$2
shift 2
planned=$(apt-get -s -q "$verb" -- "$@" 2>&1) || { printf '%s\n' "$planned" >&2; exit 1; }
others=$(printf '%s\n' "$planned" | awk -v named=" $* " '
  /^(Remv|Purg) / { name = $2; bare = name; sub(/:.*/, "", bare)
    if (!index(named, " " name " ") && !index(named, " " bare " ") && !seen[name]++) print name }')
if [ -n "$others" ]; then
  echo "this would take off other packages too: $(echo $others); state them absent as well, or keep this one" >&2
  exit 1
fi
exec apt-get -y -q -o DPkg::Lock::Timeout="$timeout" -o Dpkg::Use-Pty=0 "$verb" -- "$@"
