# FAMILY TABLE …: puts what standard input says into the place of these tables, in one transaction of the kernel.
{ hf_nft_away "$@"; cat; } | nft -f -
