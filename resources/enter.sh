# Going to a folder where somebody else may exchange names meanwhile. POSIX sh, for dash and busybox; stands before programs that run as root.

# "OWNER MODE" of a folder: whether nobody but root can change it.
root_only() {
  case $1 in
    "0 1"???) return 0 ;;
    "0 "*[2367]? | "0 "*[2367]) return 1 ;;
    "0 "*) return 0 ;;
  esac
  return 1
}

# DIR: in PWD is then where we are. Only bash makes that up from the name.
go() {
  cd -P -- "$1" 2>/dev/null || return 1
  [ -z "${BASH_VERSION-}" ] || PWD=$(exec /bin/pwd -P)
}

# DIR: goes there. A link on the way must be root's, in a folder that only root can change.
enter() {
  go "$1" || return 1
  [ "$PWD" != "$1" ] || return 0
  rest=${1#/}
  cd / || return 1
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    [ -n "$part" ] || continue
    if [ -L "./$part" ]; then
      root_only "$(stat -c '%u %a' .)" && [ "$(stat -c %u "./$part")" = 0 ] && go "./$part" || return 1
    else
      inside "$part" || return 1
    fi
  done
}

# Here, an empty folder of root's: no list that the folder around it hands down says who else may read what is made in it.
strip() {
  case $(ls -ld .) in ??????????+*) ;; *) return 0 ;; esac
  setfacl -b -k . 2>/dev/null || tar --acls --no-recursion -C / -cf - . | tar --acls -xpf - 2>/dev/null
  chmod 00700 .
  case $(ls -ld .) in ??????????+*) return 1 ;; esac
}

# NAME: goes into the folder of that name here, and not to where a link leads that somebody has put there meanwhile.
inside() {
  there=${PWD%/}/$1
  go "./$1" && [ "$PWD" = "$there" ]
}

# NAME: makes a folder here that only we can enter, and goes in. One that is not empty was put in its place right then.
make_closed() {
  mkdir -m 700 -- "./$1" && inside "$1" && chmod 00700 . && [ "$(stat -c '%u %a' .)" = "$(id -u) 700" ] && [ -z "$(ls -A .)" ] && strip
}
