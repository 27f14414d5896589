"""What a shell runs to complete a line of netkit: it asks netkit for the words."""

SCRIPTS = {
    "bash": r"""# netkit completion bash: eval "$(netkit completion bash)", or keep it in
# ~/.local/share/bash-completion/completions/netkit
_netkit_complete() {
    local line="${COMP_LINE:0:COMP_POINT}" word before IFS=$'\n'
    word="${line##* }"
    before="${word%"${word##*[=:]}"}"  # bash completes what stands behind the last = or :
    COMPREPLY=()
    while read -r each; do
        COMPREPLY+=("${each#"$before"}")
    done < <(netkit completion words -- "$line" 2>/dev/null)
    case "${COMPREPLY[0]}" in *[=./]) compopt -o nospace ;; esac
}
complete -o default -F _netkit_complete netkit
""",
    "zsh": r"""#compdef netkit
# netkit completion zsh: eval "$(netkit completion zsh)", or keep it as _netkit in $fpath
_netkit() {
    local -a found open closed
    found=("${(@f)$(netkit completion words -- "$LBUFFER" 2>/dev/null)}")
    found=(${found:#})
    (( $#found )) || { _files; return }
    open=(${(M)found:#*[=./]})
    closed=(${found:#*[=./]})
    compadd -Q -S '' -a open
    compadd -Q -a closed
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _netkit netkit
""",
    "fish": r"""# netkit completion fish > ~/.config/fish/completions/netkit.fish
function __netkit_words
    netkit completion words -- (commandline -cp) 2>/dev/null
end
complete -c netkit -f -a '(__netkit_words)'
complete -c netkit -F -n 'test -z "$(__netkit_words)"'
""",
}
