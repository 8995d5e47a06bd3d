# A runner's files, kept as GitHub keeps them when it updates a runner: versions side by side as bin.VERSION and externals.VERSION, and links to
# those in use. Runs as the runner's own account, which owns the folder. The scripts of each version are kept too, in .scripts.VERSION.
verb=$1 root=$2
shift 2
cd -- "$root" || exit 1

# Which version is in use: what `bin` leads to, by its whole path where the runner has updated itself; "-" where there is none.
which() {
  if [ -L bin ]; then
    target=$(readlink bin)
    target=${target##*/}
    echo "${target#bin.}"
  elif [ -d bin ]; then echo by-hand
  else echo -
  fi
}

# VERSION HOW WHAT DIGEST MOST REDIRECTS: unpacks a version beside the others. The last five are those of `fetch` (resources/unpack/fetch.sh),
# which stands before this program where it is wanted.
put() {
  trap 'cd -- "$root" && rm -rf .hf-new' EXIT
  rm -rf .hf-new && mkdir .hf-new .hf-new/it .hf-new/scripts && cd .hf-new || return 1
  fetch "$2" "$3" "$4" "$5" "$6"
  cd .. || return 1
  umask 022
  tar -xzf .hf-new/got -C .hf-new/it --no-same-owner || { echo "the archive can't be unpacked"; return 1; }
  [ -x .hf-new/it/bin/Runner.Listener ] && [ -f .hf-new/it/config.sh ] || { echo 'the archive holds no runner'; return 1; }
  # A job may be working from it.
  [ "$(which)" != "$1" ] || return 0
  drop "$1"
  for file in .hf-new/it/*; do
    [ ! -f "$file" ] || mv -- "$file" .hf-new/scripts/ || return 1
  done
  mv -T -- .hf-new/it/bin "bin.$1" && mv -T -- .hf-new/scripts ".scripts.$1" || return 1
  [ ! -d .hf-new/it/externals ] || mv -T -- .hf-new/it/externals "externals.$1" || return 1
  sync -f .
}

# VERSION: it is the one in use.
use() {
  [ -d "bin.$1" ] || { echo "version $1 is not there"; return 1; }
  for part in externals bin; do
    [ -d "$part.$1" ] || continue
    # Somebody unpacked an archive here by hand.
    if [ -d $part ] && [ ! -L $part ]; then mv -T -- $part $part.by-hand || return 1; fi
    rm -f .hf-$part && ln -s -- "$part.$1" .hf-$part && mv -T -- .hf-$part $part || return 1
  done
  for file in ".scripts.$1"/*; do
    [ ! -f "$file" ] || { cp -p -- "$file" .hf-script && mv -T -- .hf-script "${file##*/}"; } || return 1
  done
  sync -f .
}

# VERSION: it goes, unless it is in use.
discard() { [ "$(which)" = "$1" ] || drop "$1"; }

drop() { rm -rf -- "bin.$1" "externals.$1" ".scripts.$1"; }

# BEFORE VERSION: as it was before VERSION was put and used.
back() {
  is_free "$root" || return 1
  if [ "$1" = - ]; then
    for file in ".scripts.$2"/*; do rm -f -- "${file##*/}"; done
    rm -f bin externals
  elif [ "$1" = by-hand ]; then
    for part in bin externals; do
      [ ! -d $part.by-hand ] || { rm -f $part && mv -T -- $part.by-hand $part; } || return 1
    done
  else
    use "$1" || return 1
  fi
  [ "$1" = "$2" ] || drop "$2"
}

"$verb" "$@"
