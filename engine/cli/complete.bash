# Completion of holdfast in bash. The program itself says what may follow.
_holdfast() {
  local rest=$COMP_LINE words=() i gap word kept='' mark file
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    gap=${rest%%[![:blank:]]*}
    rest=${rest#"$gap"}
    rest=${rest#"$word"}
    # "--limit=web:prod" is several words for readline.
    if ((i > 0)) && [ -z "$gap" ]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  word=${words[${#words[@]} - 1]}
  # Of such a word readline replaces only what follows the last break.
  for mark in = : @; do
    [[ $COMP_WORDBREAKS == *"$mark"* && $word == "$kept"*"$mark"* ]] &&
      kept=${word%"${word##*"$mark"}"}
  done
  COMPREPLY=()
  while IFS=$'\t' read -r i _; do
    if [ "$i" != :files ]; then
      COMPREPLY+=("${i#"$kept"}")
      continue
    fi
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "${word#"$kept"}")
  done < <(command holdfast completion --words "${words[@]:1}" 2>/dev/null)
}
complete -F _holdfast holdfast
