# In a network of its own. For each key: "key"; then "stated LINE" of what nft makes of it and "json LINE" of the same, or "error LINE";
# then "kept LINE" of what it makes of the file that lies on the host, and "states TABLE" of what that names.
hf_keys=$(cat)
[ -z "$(nft list tables)" ] || exit
set -f
hf_at=1
printf '%s\n' "$hf_keys" | awk 'n > 0 { n--; next } { n = $1; print }' | while read -r hf_lines hf_file _; do
  hf_text=$(printf '%s\n' "$hf_keys" | sed -n "$((hf_at + 1)),$((hf_at + hf_lines))p")
  [ "$hf_lines" != 0 ] || hf_text=
  hf_at=$((hf_at + hf_lines + 1))
  echo key
  if hf_said=$(printf '%s\n' "$hf_text" | nft -f - 2>&1); then
    nft -s list ruleset | hf_nft_plain | sed 's/^/stated /'
    nft -j list ruleset | sed 's/^/json /'
  else
    printf '%s\n' "$hf_said" | head -n 60 | sed 's/^/error /'
  fi
  nft flush ruleset
  hf_states=$(hf_nft_states "$hf_file")
  if [ -n "$hf_states" ] && nft -f "$hf_file" 2>/dev/null; then nft -s list ruleset | hf_nft_plain | sed 's/^/kept /'; fi
  [ -z "$hf_states" ] || printf '%s\n' "$hf_states" | sed 's/^/states /'
  nft flush ruleset
done
