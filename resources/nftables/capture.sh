# FAMILY TABLE …: what takes these tables back to where they are: "f LINE" of a text that can be loaded, "p LINE" to know it again by.
hf_full=$(hf_nft_live -- "$@") && hf_live=$(hf_nft_live -s "$@") || exit
{ hf_nft_away "$@"; printf '%s\n' "$hf_full"; } | nft -c -f - || exit
[ -z "$hf_full" ] || printf '%s\n' "$hf_full" | sed 's/^/f /'
[ -z "$hf_live" ] || printf '%s\n' "$hf_live" | hf_nft_plain | sed 's/^/p /'
