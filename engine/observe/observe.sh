# The fixed program that answers a host's questions. Questions are data on standard input: a line "COLLECTOR BYTES", then that many bytes of
# keys, each ended by a NUL; "end 0" ends it. No name or value is ever run.
hf_c_machine() {
  hf_id= hf_boot= hf_lock=no hf_open= hf_state=absent
  [ -r /etc/machine-id ] && read -r hf_id </etc/machine-id
  [ -r /proc/sys/kernel/random/boot_id ] && read -r hf_boot </proc/sys/kernel/random/boot_id
  command -v flock >/dev/null 2>&1 && hf_lock=yes
  [ -w / ] && hf_root=yes || hf_root=no
  hf_armed=/var/lib/holdfast/armed
  [ -L "$hf_armed" ] && hf_open=$(readlink "$hf_armed")
  printf '%s\n' "machine $hf_id" "boot $hf_boot" "root $hf_root" "flock $hf_lock" "open ${hf_open##*/}"
  if [ -n "$hf_open" ]; then
    printf 'holder '
    head -c 65536 "/var/lib/holdfast/runs/${hf_open##*/}/meta.json" 2>/dev/null | tr -d '\n'
    printf '\n'
  fi
}
hf_c_state() {
  [ -f /var/lib/holdfast/state.json ] && head -c 16777216 /var/lib/holdfast/state.json 2>/dev/null
}
