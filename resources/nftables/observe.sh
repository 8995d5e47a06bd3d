# The body of the collector: see resources/collectors/nftables.cc for what comes in and goes out.
hf_ifs=$IFS
IFS=$hf_nft_lf
hf_nft_keys=$* IFS=$hf_ifs
command -v nft >/dev/null 2>&1 || { echo missing; return; }
hf_nft_there=$(nft list tables 2>/dev/null) || { echo hidden; return; }
printf '%s\n' "$hf_nft_there" | sed -n 's/^table /live /p'
for hf_file in /etc/nftables-*.nft; do [ ! -f "$hf_file" ] || printf 'file %s\n' "$hf_file"; done
# nft would read any file for whoever may ask these questions.
if printf '%s' "$hf_nft_keys" | tr '\n' ' ' | grep -q 'include[[:space:]\\]*"'; then
  echo includes
  return
fi
set -f
hf_nft_now=$(printf '%s\n' "$hf_nft_keys" | awk 'n > 0 { n--; next } { n = $1; print }' | while read -r _ hf_file hf_names; do
  # shellcheck disable=SC2046,SC2086  # words
  hf_nft_live -s ${hf_names:-$(hf_nft_states "$hf_file")} 2>/dev/null
done | hf_nft_plain)
hf_nft_stated=$(printf '%s\n' "$hf_nft_keys" | awk 'n > 0 { n--; print; next } { n = $1 }' | hf_nft_made 2>/dev/null)
case $hf_nft_stated in
  *'# whole')
    hf_nft_stated=$(printf '%s\n' "${hf_nft_stated%'# whole'}" | hf_nft_plain)
    [ "$hf_nft_stated" != "$hf_nft_now" ] || { set +f; echo same; return; } ;;
esac
set +f
[ -z "$hf_nft_now" ] || printf '%s\n' "$hf_nft_now" | sed 's/^/now /'
# shellcheck disable=SC2154  # comes before this
printf '%s\n' "$hf_nft_keys" | unshare -n sh -c "$hf_nft_scratch" 2>&1
