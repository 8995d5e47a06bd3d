# download-before DIR NAME: what lies there, for the way back.
enter "$1" || { echo absent; exit 0; }
if [ ! -e "./$2" ] && [ ! -L "./$2" ]; then echo absent; exit 0; fi
[ -f "./$2" ] && [ ! -L "./$2" ] || die "moved: $1/$2 is no longer what the plan saw"
echo "file $(stat -c '%u:%g %a' -- "./$2")"
dd "if=./$2" iflag=nofollow,nonblock bs=256k status=none
