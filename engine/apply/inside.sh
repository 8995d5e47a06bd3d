# What acts find inside the copy of a rehearsal in place of the run's shell: a payload that each finds its own part of, and a place to tell what
# failed. hf_place, of each block, says where an act's part is.
umask 077
hf_lost='' hf_left=0

hf_record() { printf '%s %s %s\n%s\n' "$1" "$2" "${#3}" "$3" >&5; }

hf_say() {
  if [ "$1" = left ]; then hf_record left "$2" "$3"; fi
}

hf_take() {
  dd if=/proc/self/fd/4 iflag=skip_bytes,count_bytes,fullblock bs=64k skip="$hf_at" count="$1" status=none
}

hf_begin_act() {
  hf_input=0 hf_at=0
  hf_place "$1"
}

# Whether nothing of the act has failed so far.
hf_sound() {
  case $hf_lost in *" $hf_number "*) return 1 ;; esac
}

# What failed is told, and what comes after it is done all the same: it may need nothing of it.
hf_go_past() {
  hf_record failed "$hf_number" "${hf_why:-stopped}"
  hf_lost="$hf_lost $hf_number " hf_why='' hf_cwd=''
  cd /
}

# NUMBER: the block that has just been defined, whose first act has that number.
hf_try_block() {
  hf_number=$1
  hf_before=$hf_lost
  hf_block || hf_go_past
  hf_cwd=
  cd /
  [ "$hf_lost" = "$hf_before" ] || hf_clean
}
