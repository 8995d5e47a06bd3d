# What fetching and unpacking on a host share. POSIX sh, for dash and busybox; runs as root.
set -u
umask 077

die() {
  echo "$*" >&2
  exit 1
}

# "OWNER MODE" of a folder: whether nobody but root can change it.
root_only() {
  case $1 in
    "0 1"???) return 0 ;;
    "0 "*[2367]? | "0 "*[2367]) return 1 ;;
    "0 "*) return 0 ;;
  esac
  return 1
}

# DIR: goes there. A link on the way must be root's, in a folder that only root can change.
enter() {
  cd -P -- "$1" 2>/dev/null || return 1
  [ "$PWD" != "$1" ] || return 0
  rest=${1#/}
  cd / || return 1
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    [ -n "$part" ] || continue
    if [ -L "./$part" ]; then
      root_only "$(stat -c '%u %a' .)" && [ "$(stat -c %u "./$part")" = 0 ] && cd -P -- "./$part" 2>/dev/null || return 1
    else
      inside "$part" || return 1
    fi
  done
}

# NAME: goes into the folder of that name here, and not to where a link leads that somebody has put there meanwhile.
inside() {
  there=${PWD%/}/$1
  cd -P -- "./$1" 2>/dev/null && [ "$PWD" = "$there" ]
}

# NAME: makes a folder here that only root can enter, and goes in: what is made there nobody can exchange.
private() {
  rm -rf -- "./$1"
  mkdir -m 700 -- "./$1" && inside "$1" && chmod 00700 . && [ "$(stat -c '%u %a' .)" = "$(id -u) 700" ] ||
    die "can't work in $PWD$(room)"
}

# Why something could not be written, where that is so.
room() {
  free=$(stat -f -c %a . 2>/dev/null) || return 0
  [ "$free" -ge 256 ] || printf ': no space is left in %s' "$PWD"
}

# PATH, ./NAME or ../NAME: absent, file:DIGEST, link, dir or other, in $is.
identify() {
  if [ -L "$1" ]; then is='link'
  elif [ -f "$1" ]; then is=$(sha256sum <"$1") && is=file:${is%% *}
  elif [ -d "$1" ]; then is=dir
  elif [ -e "$1" ]; then is=other
  else is=absent; fi
}

# DIR NAME TOKEN OLD IDS MODE: what $HF_CAPTURE kept below its first line takes NAME's place again, with the lists and attributes that are there.
put_back() {
  private ".hf-$3-undo"
  tail -n +2 -- "$HF_CAPTURE" >./got || die "can't write$(room)"
  identify ./got
  case $4 in "file:" | "$is") ;; *) die "what was kept of $1/$2 is damaged" ;; esac
  cp -P --attributes-only --preserve=all -T -- "../$2" ./got && touch ./got && chown -h -- "$5" ./got && chmod -- "$6" ./got &&
    sync ./got && mv -T -- ./got "../$2" || die "$1/$2 could not be put back"
  cd .. && rmdir -- "./.hf-$3-undo"
}
