# What fetching and unpacking on a host share. POSIX sh, for dash and busybox; runs as root.
set -u
umask 077

die() {
  echo "$*" >&2
  exit 1
}

# NAME: makes a folder here that only root can enter, and goes in: what is made there nobody can exchange.
private() {
  rm -rf -- "./$1"
  make_closed "$1" || die "can't work in $PWD$(room)"
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

# NAME OWNER: ./got has the lists and attributes of ../NAME. Where somebody else may exchange that, it is read by another name of its own, which
# nobody can exchange for a link or a pipe, and whoever could have put a file of his own there keeps no right to one that is to be OWNER's.
take_attributes() {
  was=../$1 mine=yes around=$(stat -c '%u %a' ..)
  case $around in "0 1"???) around=shared ;; esac
  if ! root_only "$around"; then
    was=./was
    ln -- "../$1" ./was && [ -f ./was ] && [ ! -L ./was ] || return 1
    [ -z "${2%%:*}" ] || case " $(stat -c '%u %U' ./was) " in *" ${2%%:*} "*) ;; *) mine=no ;; esac
  fi
  if [ $mine = yes ]; then cp -P --attributes-only --preserve=all -T -- "$was" ./got && [ -f ./got ] && [ ! -L ./got ]
  else chmod "0$(stat -c %a ./was | tail -c 4)" ./got; fi && rm -f ./was && touch ./got
}

# DIR NAME TOKEN OLD IDS MODE: what $HF_CAPTURE kept below its first line takes NAME's place again, with the lists and attributes that are there.
put_back() {
  private ".hf-$3-undo"
  tail -n +2 -- "$HF_CAPTURE" >./got || die "can't write$(room)"
  identify ./got
  case $4 in "file:" | "$is") ;; *) die "what was kept of $1/$2 is damaged" ;; esac
  take_attributes "$2" "$5" && chown -h -- "$5" ./got && chmod -- "$6" ./got &&
    sync ./got && mv -T -- ./got "../$2" || die "$1/$2 could not be put back"
  cd .. && rmdir -- "./.hf-$3-undo"
}
