# ROOT: whether a job works in the runner there. Known to programs that would take its place away.
works_in() {
  for process in /proc/[0-9]*; do
    name=
    { read -r name <"$process/comm"; } 2>/dev/null
    [ "$name" = Runner.Worker ] || continue
    ! tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -q -F -- "$1/" || return 0
  done
  return 1
}

# ROOT: says so.
is_free() {
  ! works_in "$1" || { echo "the runner in $1 still works on a job"; return 1; }
}

