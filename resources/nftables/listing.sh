# What the programs of nftables have in common. POSIX sh.
hf_nft_lf='
'

# A listing without what nobody stated: elements that rules or time put into a set, or take out.
hf_nft_plain() {
  awk '
    skip { if (/}[ \t]*$/) skip = 0; next }
    /^\t(set|map) / { moving = 0 }
    /^\t\tflags / && /dynamic|timeout/ { moving = 1 }
    /^\t\ttimeout / { moving = 1 }
    moving && /^\t\telements = / { skip = !/}[ \t]*$/; next }
    NF { print }'
}

# HOW FAMILY TABLE …: what the kernel has of these tables, in this order. HOW: -s, or -- with counters.
hf_nft_live() {
  hf_nft_how=$1
  shift
  hf_nft_there=$(nft list tables) || return
  while [ $# -gt 1 ]; do
    case $hf_nft_lf$hf_nft_there$hf_nft_lf in
      *"${hf_nft_lf}table $1 $2$hf_nft_lf"*) nft "$hf_nft_how" list table "$1" "$2" || return ;;
    esac
    shift 2
  done
}

# FAMILY TABLE …: commands that take these tables away, whether they are there or not.
hf_nft_away() {
  while [ $# -gt 1 ]; do
    printf 'table %s %s\ndelete table %s %s\n' "$1" "$2" "$1" "$2"
    shift 2
  done
}

# What nft makes of standard input, in a network of its own that nothing goes through: its listing, and "# whole" at the end if all went well.
hf_nft_made() {
  # shellcheck disable=SC2016  # for the inner sh
  unshare -n sh -c '[ -z "$(nft list tables)" ] && nft -f - && nft -s list ruleset && echo "# whole"'
}

# FILE: the tables that a file of ours states.
hf_nft_states() {
  case $1 in
    /etc/nftables-*/* | *[!/A-Za-z0-9_.-]*) ;;
    /etc/nftables-*.nft) if [ -f "$1" ] && [ ! -L "$1" ]; then sed -n 's/^delete table //p' "$1"; fi ;;
  esac
}
