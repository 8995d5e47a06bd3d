# Completion of holdfast in fish. The program itself says what may follow.
function __holdfast_words
    set -l word (commandline -ct)
    set -l typed (commandline -opc) "$word"
    for line in (command holdfast completion --words $typed[2..-1] 2>/dev/null)
        if test "$line" != :files
            printf '%s\n' $line
            continue
        end
        set -l option (string match -r -- '^--[^=]*=' "$word")
        for path in (__fish_complete_path (string replace -- "$option" '' "$word"))
            printf '%s%s\n' "$option" $path
        end
    end
end
complete -c holdfast -f -a '(__holdfast_words)'
