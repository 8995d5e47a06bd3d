# What a run leaves for those who look later: words in the host's own journal, and a chain of digests in which no run can be changed or
# left out unseen. Known to the run's shell, the guard and rollback.sh. hf_home: /var/lib/holdfast.

# shellcheck disable=SC2154  # whoever reads this in sets hf_home

# Whether there is somewhere to say it.
hf_can_tell() { [ -S /run/systemd/journal/socket ] || [ -S /dev/log ] && command -v logger >/dev/null 2>&1; }

# RUN notice|warning TEXT [FIELD=VALUE]…: says it in the host's journal, with what is known of the run, or to syslog. One that hangs holds
# nobody up, and what can't be said fails nothing.
hf_tell() {
  hf_can_tell || return 0
  hf_of=$hf_home/runs/$1/audit hf_level=$2 hf_words=$3
  shift 3
  case $hf_level in notice) set -- PRIORITY=5 "$@" ;; *) set -- PRIORITY=4 "$@" ;; esac
  if [ -S /run/systemd/journal/socket ]; then
    { printf '%s\n' "MESSAGE=$hf_words" SYSLOG_IDENTIFIER=holdfast "$@"; cat "$hf_of" 2>/dev/null; } | timeout 5 logger --journald && return 0
  fi
  [ ! -S /dev/log ] || timeout 5 logger -t holdfast -p "user.$hf_level" -- "$hf_words"
  :
} </dev/null >/dev/null 2>&1

# RUN STATUS WHO WORDS: that a run has ended.
hf_tell_end() {
  case $2 in done) hf_level=notice ;; *) hf_level=warning ;; esac
  hf_tell "$1" $hf_level "run $1 ended: $2, by $4" HOLDFAST_EVENT=end "HOLDFAST_STATUS=$2" "HOLDFAST_BY=$3"
}

# The chain's newest link, in hf_links hf_linked hf_linked_sum hf_head. 2: it is of a newer holdfast; 1: it can't be read.
hf_read_chain() {
  hf_links=0 hf_linked='' hf_linked_sum='' hf_head=0000000000000000000000000000000000000000000000000000000000000000
  [ -e "$hf_home/chain" ] || return 0
  hf_format=''
  { read -r hf_format; read -r hf_links hf_linked hf_linked_sum hf_head; } 2>/dev/null <"$hf_home/chain"
  case $hf_format in 'format 1') ;; 'format '[1-9]*) return 2 ;; *) return 1 ;; esac
  case $hf_links in '' | *[!0-9]*) return 1 ;; esac
  [ ${#hf_head} = 64 ]
}

# RUN: links to the chain that the run has ended as its meta.json says; once, however often it is told. One link a line, the newest first:
# "NUMBER RUN DIGEST-OF-META HEAD"; HEAD is the digest of "HEAD-BEFORE NUMBER RUN DIGEST-OF-META".
hf_chain_run() {
  hf_sum=$(sha256sum <"$hf_home/runs/$1/meta.json") || return 1
  hf_sum=${hf_sum%% *}
  hf_read_chain
  case $? in
    2) return 1 ;;
    1) mv -T -- "$hf_home/chain" "$hf_home/chain.unreadable" && hf_read_chain || return 1 ;;
  esac
  [ "$hf_linked $hf_linked_sum" != "$1 $hf_sum" ] || return 0
  hf_links=$((hf_links + 1))
  hf_head=$(printf '%s' "$hf_head $hf_links $1 $hf_sum" | sha256sum)
  hf_head=${hf_head%% *}
  {
    printf '%s\n' 'format 1' "$hf_links $1 $hf_sum $hf_head"
    [ ! -e "$hf_home/chain" ] || tail -n +2 "$hf_home/chain"
  } >"$hf_home/chain.tmp" && sync "$hf_home/chain.tmp" && mv -T -- "$hf_home/chain.tmp" "$hf_home/chain"
}

# RUN WHO STATUS: closes the meta.json of a run that its controller did not end.
hf_close_meta() {
  sed 's/"status": "[a-z-]*"/"status": "'"$3"'"/; s/"by": "[^"]*"/"by": "'"$2"'"/
    s/"ended": "[^"]*"/"ended": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"/' "$hf_home/runs/$1/meta.json" >"$hf_home/runs/$1/meta.json.tmp" &&
    sync "$hf_home/runs/$1/meta.json.tmp" && mv -T -- "$hf_home/runs/$1/meta.json.tmp" "$hf_home/runs/$1/meta.json" && hf_chain_run "$1"
}
