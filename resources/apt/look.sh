# look: every package; its conffiles with the sums that dpkg knows, and those that they have; what dpkg laid beside them; what came only because
# it was needed.
look() {
  told=$(dpkg-query -W -f 'package ${binary:Package} ${Version} ${db:Status-Abbrev}\n${Conffiles}\n')
  conffiles=$(printf '%s\n' "$told" | sed -nE 's/( obsolete| remove-on-upgrade)+$//;s|^ (/.*) [^ ]+$|\1|p')
  printf '%s\n' "$told"
  printf '%s\n' "$conffiles" | tr '\n' '\0' | xargs -0 -r md5sum -- 2>/dev/null
  printf '%s\n' "$conffiles" | sed -n 's/.$/&.dpkg-new/p;s/new$/dist/p' | tr '\n' '\0' | xargs -0 -r stat -c 'beside %n' -- 2>/dev/null
  look_at_marks
}
marks=/var/lib/apt/extended_states
look_at_marks() { [ ! -r $marks ] || awk '/^Package: /{p=$2} /^Auto-Installed: 1/{print "auto " p}' $marks; }
# apt doesn't sync its marks: a power cut can empty, cut or blank them.
lost_marks() { [ ! -s $marks ] || [ -n "$(tail -n 1 $marks | tr '\000' x)" ] || ! tr -d '\000' <$marks | cmp -s - $marks; }
