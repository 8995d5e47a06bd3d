# What expressions see as `facts`: one NAME=VALUE a line. Programs that a host lacks leave their line out.
hf_c_facts() {
  exec 2>/dev/null
  while IFS='=' read -r hf_key hf_value; do
    case $hf_key in
      ID | VERSION_ID | VERSION_CODENAME | ID_LIKE | PRETTY_NAME)
        hf_value=${hf_value#\"}
        printf '%s=%s\n' "os.$hf_key" "${hf_value%\"}" ;;
    esac
  done </etc/os-release 2>/dev/null
  printf '%s\n' "arch=$(uname -m)" "kernel=$(uname -r)" "hostname=$(uname -n)"
  printf '%s\n' "fqdn=$(hostname -f 2>/dev/null || uname -n)"
  printf '%s\n' "cpus=$(nproc 2>/dev/null || grep -c '^processor' /proc/cpuinfo)"
  while read -r hf_key hf_value hf_unit; do
    [ "$hf_key" = MemTotal: ] && printf '%s\n' "memory_kib=$hf_value" && break
  done </proc/meminfo
  [ -d /run/systemd/system ] && printf '%s\n' "systemd=$(systemctl --version 2>/dev/null | head -n 1 | cut -d ' ' -f 2)"
  ip -o addr show scope global 2>/dev/null | while read -r hf_n hf_if hf_family hf_address hf_rest; do
    printf 'address=%s %s %s\n' "$hf_if" "$hf_family" "${hf_address%/*}"
  done
  ip -o route show default 2>/dev/null | while read -r hf_line; do
    printf 'route=%s\n' "$hf_line"
  done
}
