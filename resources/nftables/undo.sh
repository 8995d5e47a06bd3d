# FAMILY TABLE …: takes these tables back to what was captured, if they still are what standard input made of them.
# At boot the kernel has none of them yet, and what lies on the disk is loaded after this.
[ -z "$HF_BOOT" ] || exit 0
hf_new=$(cat)
hf_now=$(hf_nft_live -s "$@") || exit
hf_now=$(printf '%s\n' "$hf_now" | hf_nft_plain)
[ "$hf_now" != "$(sed -n 's/^p //p' "$HF_CAPTURE")" ] || exit 0
hf_made=$(printf '%s\n' "$hf_new" | hf_nft_made) || exit
hf_made=$(printf '%s\n' "${hf_made%'# whole'}" | hf_nft_plain)
if [ "$hf_now" != "$hf_made" ]; then
  echo "somebody changed it in the kernel since; left as it is ($*)"
  exit 1
fi
{ hf_nft_away "$@"; sed -n 's/^f //p' "$HF_CAPTURE"; } | nft -f -
