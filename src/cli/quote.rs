//! Words as they are typed in a shell.

/// `word` so that a POSIX shell takes it for one word and changes nothing of it: as it is where it is plain, else between
/// apostrophes.
pub(super) fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_./,+:=@%".contains(character);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_would_change_is_quoted() {
        assert_eq!(quoted("runs/a-1.png"), "runs/a-1.png");
        assert_eq!(quoted("0 1; 2 3"), "'0 1; 2 3'");
        assert_eq!(quoted("it's/$HOME"), r"'it'\''s/$HOME'");
        assert_eq!(quoted(""), "''");
    }
}
