#compdef holdfast
# Completion of holdfast in zsh. The program itself says what may follow.
_holdfast() {
  local line word
  local -a typed found
  local -i files=0
  typed=("${(@Q)words[2,CURRENT]}")
  for line in "${(@f)$(command holdfast completion --words "${typed[@]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ -n $line ]]; then
      word=${line%%$'\t'*}
      found+=("${word//:/\\:}${${line#"$word"}/$'\t'/:}")
    fi
  done
  (( $#found )) && _describe holdfast found
  if (( files )); then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
  fi
}
if [[ $funcstack[1] == _holdfast ]]; then
  _holdfast "$@"
else
  compdef _holdfast holdfast
fi
