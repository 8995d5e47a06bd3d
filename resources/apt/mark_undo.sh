# apt-mark-undo auto|manual NAME…: marks these packages so. $HF_CAPTURE holds all marks that there were before: a power cut loses all at once.
verb=$1
shift
if lost_marks; then
  rm -f $marks
  { sed -n 's/^auto /automatic /p' "$HF_CAPTURE"; dpkg-query -W -f '${db:Status-Status} ${Package}\n'; } |
    awk '$1 == "automatic" { automatic[$2] } $1 == "installed" && $2 in automatic { print $2 }' | xargs -r apt-mark auto -- || exit
fi
apt-mark "$verb" -- "$@" && sync
