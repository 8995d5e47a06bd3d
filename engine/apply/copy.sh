# The first process of a rehearsal, in namespaces of its own: makes the copy, has everything done and taken back in it, and tells what differs
# then. The copy is an overlay over each file system, whose upper layer lies in memory. hf_nonce: of the frame that asked. Standard input: the
# program of the inside, then the acts' payload.
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 022
hf_box=/var/lib/holdfast

# TAG NUMBER TEXT
hf_tell() { printf '%s %s %s\n%s\n' "$1" "$2" "${#3}" "$3"; }

hf_give_up() {
  hf_tell impossible 0 "$1"
  exit 0
}

# Ends all with the connection: there is nobody to tell any more.
hf_beat() {
  trap '' PIPE
  while sleep 1; do
    { printf 'HF %s beat 0 0\n\n' "$hf_nonce" >&9; } 2>/dev/null || kill -TERM 1
  done
}

# SIZE PATH…: all of it. SIZE: of the inside's program; PATH: what the acts touch.
hf_copy() {
  trap 'exit 1' TERM
  exec 3<&0 </dev/null
  hf_beat >/dev/null 2>&1 &
  ( exec 9>&-; hf_rehearsal "$@" ) &
  wait $!
}

hf_rehearsal() {
  hf_memory
  hf_error=$(mount -t tmpfs -o "mode=700,size=${hf_kib}k" holdfast-rehearsal "$hf_box" 2>&1) || hf_give_up "no memory for it: $hf_error"
  cd "$hf_box" || hf_give_up "can't enter $hf_box"
  dd bs="$1" count=1 iflag=fullblock <&3 >inside 2>/dev/null && cat <&3 >payload || hf_give_up "no room for it in $hf_kib KiB of memory"
  exec 3<&-
  shift
  hf_layers "$@"
  hf_surroundings
  hf_attributes
  hf_inside
  [ "$(stat -f -c %f .)" -ge 64 ] || hf_give_up "what the plan touches doesn't fit into $((hf_kib / 1024)) MiB of memory"
  hf_n=0
  while [ -e "point$hf_n" ]; do
    hf_differences "$hf_n"
    hf_n=$((hf_n + 1))
  done
}

# Half of what is free, and no more than half a gigabyte.
hf_memory() {
  hf_kib=262144
  while read -r hf_name hf_value hf_rest; do
    [ "$hf_name" != MemAvailable: ] || hf_kib=$hf_value
  done </proc/meminfo
  hf_kib=$((hf_kib / 2))
  [ $hf_kib -le 524288 ] || hf_kib=524288
}

# PATH…: one layer for each file system that matters; those above first.
hf_layers() {
  mkdir root
  hf_count=0 hf_seen=
  while read -r hf_type hf_point; do
    hf_point=$(printf '%b.' "$hf_point")
    hf_point=${hf_point%.}
    [ "$hf_point" != "$hf_seen" ] && hf_matters "$hf_type" "$hf_point" "$@" || continue
    hf_seen=$hf_point
    if [ -d "$hf_point" ]; then hf_layer "$hf_point" "$hf_type"; else hf_fixed "$hf_point" "$hf_point"; fi
  done <<END
$(hf_mounts)
END
}

# TYPE POINT, a line each, by point.
hf_mounts() {
  while read -r _ _ _ _ hf_point hf_rest; do
    hf_type=${hf_rest##* - }
    printf '%s %s\n' "${hf_type%% *}" "$hf_point"
  done </proc/self/mountinfo | sort -u -k 2,2
}

# TYPE POINT PATH…: a file system of files, near the root or on the way to what is touched.
hf_matters() {
  case $1 in
    proc | sysfs | cgroup* | dev* | mqueue | hugetlbfs | *tracefs | debugfs | securityfs | pstore | bpf | fusectl | configfs) return 1 ;;
    efivarfs | binfmt_misc | autofs | nsfs | rpc_pipefs | ramfs) return 1 ;;
  esac
  case $2 in "$hf_box" | "$hf_box"/* | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) return 1 ;; esac
  case $2 in / | /run) return 0 ;; /run/* | /*/*/*) ;; *) return 0 ;; esac
  hf_it=$2
  shift 2
  for hf_path; do
    case $hf_path/ in "$hf_it"/*) return 0 ;; esac
  done
  return 1
}

# POINT TYPE: layer $hf_count: real is what is there, before the same without sockets, upper what the rehearsal makes of it, after how that looks.
hf_layer() {
  hf_n=$hf_count
  mkdir "real$hf_n" "upper$hf_n" "work$hf_n" "after$hf_n"
  mount --bind -- "$1" "real$hf_n" 2>error || hf_give_up "can't look at $1: $(cat error)"
  chown --reference="real$hf_n" "upper$hf_n"
  chmod --reference="real$hf_n" "upper$hf_n"
  hf_below=real$hf_n
  case $1 in / | /run) hf_hide_sockets "$1" ;; esac
  if mount -t overlay -o "lowerdir=$hf_below,upperdir=upper$hf_n,workdir=work$hf_n" holdfast-rehearsal "after$hf_n" 2>error; then
    mount --bind "after$hf_n" "root$1" 2>error || hf_give_up "can't make $1: $(cat error)"
    printf '%s.' "$1" >"point$hf_n"
    hf_count=$((hf_count + 1))
  elif [ "$1" = / ]; then
    hf_give_up "it makes no overlay: $(cat error)"
  else
    umount "real$hf_n"
    rmdir "real$hf_n" "upper$hf_n" "after$hf_n"
    rm -rf "work$hf_n"
    hf_fixed "$1" "$1"
    hf_tell note 0 "$1 ($2) can only be read in it"
  fi
}

# POINT: no daemon can be spoken to in the copy.
hf_hide_sockets() {
  mkdir "masked$hf_n" "masks$hf_n" "maskwork$hf_n" "before$hf_n"
  chown --reference="real$hf_n" "masks$hf_n"
  chmod --reference="real$hf_n" "masks$hf_n"
  mount -t overlay -o "lowerdir=real$hf_n,upperdir=masks$hf_n,workdir=maskwork$hf_n" holdfast-rehearsal "masked$hf_n" 2>error ||
    hf_give_up "it makes no overlay: $(cat error)"
  hf_folder=masked$hf_n
  [ "$1" = /run ] || hf_folder=$hf_folder/run
  find "$hf_folder" -xdev -type s -delete 2>error || hf_give_up "can't hide its sockets: $(cat error)"
  umount "masked$hf_n"
  hf_below=masks$hf_n:real$hf_n
  mount -t overlay -o "ro,lowerdir=$hf_below" holdfast-rehearsal "before$hf_n" 2>error || hf_give_up "it makes no overlay: $(cat error)"
}

# FROM POINT: there, but read-only.
hf_fixed() {
  [ -e "root$2" ] && mount --bind -o ro -- "$1" "root$2" 2>/dev/null
}

# What programs expect beside files, and the run's own folder, which is nobody's to compare; no device but those that hold nothing.
hf_surroundings() {
  mkdir -m 700 own
  mount --bind own "root$hf_box" 2>error || hf_give_up "can't make $hf_box: $(cat error)"
  mkdir dev dev/shm dev/pts
  chmod 1777 dev/shm
  for hf_name in null zero full random urandom tty fd stdin stdout stderr; do
    cp -a "/dev/$hf_name" dev/ 2>error || hf_give_up "can't make /dev/$hf_name: $(cat error)"
  done
  { mount --bind dev root/dev && mount -t proc -o ro,nosuid,nodev,noexec proc root/proc && mount --bind -o ro /sys root/sys; } 2>error ||
    hf_give_up "can't make /proc, /dev and /sys: $(cat error)"
}

# What of attributes can be compared: hf_names is a pattern of their names.
hf_attributes() {
  hf_names=-
  command -v getfacl >/dev/null || hf_tell note 0 'access lists were not compared: it has no getfacl'
  command -v getfattr >/dev/null || { hf_tell note 0 'extended attributes were not compared: it has no getfattr'; return; }
  : >error
  setfattr -n user.try -v 1 error 2>/dev/null && return
  hf_names='^(security|trusted|system)[.]'
  hf_tell note 0 "attributes of users were not compared: its kernel keeps none in memory"
}

# Without the powers that reach the kernel itself.
hf_inside() {
  chroot root setpriv --bounding-set -sys_module,-sys_time,-sys_boot,-sys_rawio,-mknod sh -c 'eval "$(cat <&3)"' \
    3<inside 4<payload 5>&1 >/dev/null 2>error || hf_give_up "exit status $?: $(tail -c 2000 error)"
}

# N: what is not in layer N as it was. Only what the rehearsal touched can differ.
hf_differences() {
  hf_before=real$1
  [ ! -d "before$1" ] || hf_before=before$1
  hf_at=$(cat "point$1")
  hf_at=${hf_at%.}
  ( cd "upper$1" && find . -print0 ) >touched
  for hf_view in places texts attributes; do
    $hf_view "$hf_before" >was
    $hf_view "after$1" >is
    cmp -s was is || hf_tell $hf_view 0 "$hf_at
$(comm -z -3 was is | tr '\n\0' '\1\n' | head -c 200000)"
  done
}

# FOLDER: what is where, as path, type, mode, owner, and where it leads to.
places() { ( cd "$1" && hf_each sh -c 'exec find "$@" -maxdepth 1 -printf "%p\t%y %m %U:%G %l\0"' find ) | sort -zu; }

texts() { ( cd "$1" && hf_each sh -c 'exec find "$@" -maxdepth 0 -type f -print0' find | xargs -0 -r sha256sum -z -- ) | sort -z; }

# Access lists and extended attributes, where there is something that shows them: "# file: PATH", a tab, and the rest.
attributes() {
  cd "$1" || return
  {
    hf_each sh -c 'exec find "$@" -maxdepth 0 ! -type l -print0' find | xargs -0 -r getfacl -snp --
    hf_each getfattr -hdm "$hf_names" --
  } 2>/dev/null | tr '\n' '\t' | sed 's/\t\t/\n/g' | tr '\n' '\0' | sort -z
  cd ..
}

hf_each() { xargs -0 -r "$@" <../touched 2>/dev/null; }
