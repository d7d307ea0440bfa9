//! `whosin completions`: shell completions of commands and options.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use clap_complete::{Generator, Shell, env::Shells};
use color_eyre::eyre::{Result, WrapErr};

use super::output::print;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin completions bash > ~/.local/share/bash-completion/completions/whosin
  whosin completions zsh > ~/.zfunc/_whosin
  fpath=(~/.zfunc $fpath)                  in ~/.zshrc, before compinit
  whosin completions fish > ~/.config/fish/completions/whosin.fish
  eval (whosin completions elvish | slurp) in ~/.config/elvish/rc.elv
  whosin completions powershell | Out-String | Invoke-Expression
                                           in $PROFILE
  whosin completions --all DIR             the files for all shells, for packages

Create the directory first if it does not exist. bash needs the package bash-completion.

The shell asks whosin for users, views, rooms, profiles and formats: of the running whosin, or of the last one. The \
server is never asked.";

/// The options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(required_unless_present = "all")]
    pub shell: Option<Shell>,

    /// Write the completions for all shells as files into a directory, for packages: whosin.bash, _whosin, …
    #[arg(long, value_name = "DIR", conflicts_with = "shell")]
    pub all: Option<PathBuf>,
}

/// Prints the completions for a shell, or writes those for all shells.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if a file or standard output cannot be written to.
pub async fn run(args: &CompletionsArgs) -> Result<()> {
    if let Some(directory) = &args.all {
        let write = |shell: &Shell| fs::write(directory.join(shell.file_name("whosin")), script(*shell));
        fs::create_dir_all(directory)
            .and_then(|()| Shell::value_variants().iter().try_for_each(write))
            .wrap_err_with(|| format!("cannot write to {}", directory.display()))?;
    }
    match args.shell {
        Some(shell) => Ok(print(&script(shell)).await?),
        None => Ok(()),
    }
}

/// The variable that makes whosin answer a shell instead of doing anything else.
const VARIABLE: &str = "COMPLETE";

/// Asks whosin for the words. Bash breaks words at `:` and `@`, which user IDs contain, and quotes nothing itself.
const BASH: &str = r#"_whosin() {
    local line=${COMP_LINE:0:COMP_POINT} words word broken=
    read -a words <<< "$line"
    [[ $line == *[[:blank:]] ]] && words+=("")
    word=${words[${#words[@]}-1]}
    [[ -n $word && $word == *"$2" ]] && broken=${word%"$2"}
    COMPREPLY=()
    # The last line has no end.
    while IFS= read -r word || [[ -n $word ]]; do
        [[ -n $word ]] && COMPREPLY+=("$(printf %q "${word#"$broken"}")")
    done < <(_CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1)) COMPLETE=bash whosin -- "${words[@]}" 2>/dev/null)
}
complete -o bashdefault -F _whosin whosin
"#;

/// How clap's script for zsh ends.
const ZSH_REGISTERS: &str = "compdef _clap_dynamic_completer_whosin whosin";

/// Completes at once where zsh reads the script as a file of its path. It does so with the first Tab.
const ZSH_COMPLETES_OR_REGISTERS: &str = r#"if [[ $funcstack[1] == _whosin ]]; then
    _clap_dynamic_completer_whosin "$@"
else
    compdef _clap_dynamic_completer_whosin whosin
fi"#;

fn script(shell: Shell) -> String {
    if shell == Shell::Bash {
        return BASH.to_owned();
    }
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let completer = shells.completer(&shell.to_string()).expect("clap_complete knows each of its shells");
    let written = completer.write_registration(VARIABLE, "whosin", "whosin", "whosin", &mut script);
    written.expect("a vector takes everything");
    let script = String::from_utf8(script).expect("clap's texts are UTF-8");
    if shell == Shell::Zsh { script.replace(ZSH_REGISTERS, ZSH_COMPLETES_OR_REGISTERS) } else { script }
}
