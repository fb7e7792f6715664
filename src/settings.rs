//! Settings in TOML, read so that whatever is wrong is told with its file, line and key, and the nearest known word.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// What is wrong in a file of settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}", file = .file.display())]
pub struct SettingsError {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// Which key, what is wrong with it and what would do.
    pub reason: String,
}

/// The known word that is most like `word`; `None` where none is like it.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = |known: &str| strsim::jaro_winkler(&word, &known.to_lowercase());
    known
        .into_iter()
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// `; did you mean 'filters'? There are filters, kernel_size`: how a message about an unknown word goes on.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = nearest(word, known.iter().copied());
    let question = nearest.map_or_else(String::new, |nearest| format!("; did you mean '{nearest}'?"));
    let joint = if question.is_empty() { "; there are" } else { " There are" };
    format!("{question}{joint} {}", known.join(", "))
}

/// A file's text, which errors point into.
#[derive(Clone, Copy, Debug)]
struct Source<'i> {
    file: &'i Path,
    text: &'i str,
}

impl Source<'_> {
    fn place(&self, at: usize) -> Place {
        let line = 1 + self.text.bytes().take(at).filter(|&byte| byte == b'\n').count();
        Place { file: self.file.to_owned(), line }
    }

    fn error(&self, at: usize, reason: String) -> SettingsError {
        self.place(at).error(reason)
    }
}

/// A place in a file, for errors that are found later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: PathBuf,
    line: usize,
}

impl Place {
    /// An error here.
    pub fn error(&self, reason: String) -> SettingsError {
        SettingsError { file: self.file.clone(), line: self.line, reason }
    }
}

/// A table of the file, whose entries are taken out one by one.
#[derive(Debug)]
pub struct Table<'i> {
    source: Source<'i>,
    /// What messages call it: nothing for the whole file, else such as `[data]`.
    title: String,
    span: Range<usize>,
    entries: DeTable<'i>,
    /// The keys that were asked for, for messages about others.
    asked: Vec<&'static str>,
}

impl<'i> Table<'i> {
    /// The table that is the whole file.
    pub fn parse(file: &'i Path, text: &'i str) -> Result<Self, SettingsError> {
        let source = Source { file, text };
        let root = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            source.error(at, format!("this is not TOML: {}", error.message()))
        })?;
        let span = root.span();
        Ok(Self { source, title: String::new(), span, entries: root.into_inner(), asked: Vec::new() })
    }

    /// Where the table begins.
    pub fn place(&self) -> Place {
        self.source.place(self.span.start)
    }

    /// Where the value of `key` stands, if it is there.
    pub fn place_of(&self, key: &str) -> Option<Place> {
        self.entries.get(key).map(|value| self.source.place(value.span().start))
    }

    /// The keys that are still there, and where their values stand.
    pub fn places(&self) -> Vec<(String, Place)> {
        let entries = self.entries.iter();
        entries.map(|(key, value)| (key.get_ref().to_string(), self.source.place(value.span().start))).collect()
    }

    /// An error about the table as a whole.
    pub fn error(&self, reason: &str) -> SettingsError {
        self.source.error(self.span.start, self.titled(reason))
    }

    fn titled(&self, reason: &str) -> String {
        if self.title.is_empty() { reason.to_owned() } else { format!("{}: {reason}", self.title) }
    }

    fn remove(&mut self, key: &'static str) -> Option<Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.entries.remove(key)
    }

    /// Takes the value of `key`; `None` where it is not there.
    pub fn take<T: DeserializeOwned>(&mut self, key: &'static str) -> Result<Option<T>, SettingsError> {
        let Some(value) = self.remove(key) else { return Ok(None) };
        let at = value.span().start;
        let read = T::deserialize(toml::de::ValueDeserializer::from(value));
        read.map(Some).map_err(|error| {
            let reason = format!("'{key}': {}", explain(error.message(), &[]));
            self.source.error(error.span().map_or(at, |span| span.start), self.titled(&reason))
        })
    }

    /// Takes the table `[key]`; `None` where it is not there.
    pub fn take_table(&mut self, key: &'static str) -> Result<Option<Table<'i>>, SettingsError> {
        self.remove(key).map(|value| self.inner(value, format!("[{key}]"), key)).transpose()
    }

    /// Takes the tables `[[key]]` in their order; none where there are none.
    pub fn take_tables(&mut self, key: &'static str) -> Result<Vec<Table<'i>>, SettingsError> {
        let Some(value) = self.remove(key) else { return Ok(Vec::new()) };
        let at = value.span().start;
        match value.into_inner() {
            DeValue::Array(array) => {
                let tables = array.into_iter().enumerate();
                tables.map(|(place, value)| self.inner(value, format!("{key}[{place}]"), key)).collect()
            }
            _ => Err(self.source.error(at, self.titled(&format!("'{key}' must be tables, each begun with [[{key}]]")))),
        }
    }

    fn inner(&self, value: Spanned<DeValue<'i>>, title: String, key: &str) -> Result<Table<'i>, SettingsError> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(entries) => Ok(Table { source: self.source, title, span, entries, asked: Vec::new() }),
            other => {
                let reason = format!("'{key}' must be a table, it is a {}", other.type_str());
                Err(self.source.error(span.start, self.titled(&reason)))
            }
        }
    }

    /// Calls the table so in messages from now on.
    pub fn entitle(&mut self, title: String) {
        self.title = title;
    }

    /// Reads what was not taken.
    pub fn rest<T: for<'de> Deserialize<'de>>(self) -> Result<T, SettingsError> {
        let Self { source, title, span, entries, asked } = self;
        let keys: Vec<(String, Range<usize>)> =
            entries.iter().map(|(key, value)| (key.get_ref().to_string(), value.span())).collect();
        let start = span.start;
        T::deserialize(Deserializer::from(Spanned::new(span, entries))).map_err(|error| {
            let at = error.span().map_or(start, |span| span.start);
            let mut reason = explain(error.message(), &asked);
            if let Some((key, _)) = keys.iter().find(|(_, value)| value.contains(&at)) {
                reason = format!("'{key}': {reason}");
            }
            let reason = if title.is_empty() { reason } else { format!("{title}: {reason}") };
            source.error(at, reason)
        })
    }

    /// An error where anything was not taken.
    pub fn end(self) -> Result<(), SettingsError> {
        match self
            .entries
            .iter()
            .map(|(key, _)| (key.get_ref().to_string(), key.span()))
            .min_by_key(|(_, span)| span.start)
        {
            None => Ok(()),
            Some((key, span)) => {
                let reason = format!("there is no '{key}' here{}", suggestion(&key, self.asked.iter().copied()));
                Err(self.source.error(span.start, self.titled(&reason)))
            }
        }
    }
}

/// Serde's message in our words, with the nearest known word; `asked` are keys that serde does not know of.
fn explain(message: &str, asked: &[&str]) -> String {
    // Serde puts the words in backquotes: first the one that is wrong, then those that would do.
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match words.split_first() {
        Some((word, known)) if message.starts_with("unknown field") => {
            format!("there is no '{word}' here{}", suggestion(word, asked.iter().chain(known).copied()))
        }
        Some((word, known)) if message.starts_with("unknown variant") => {
            format!("there is no '{word}'{}", suggestion(word, known.iter().copied()))
        }
        Some((word, _)) if message.starts_with("missing field") => format!("'{word}' is missing; add it"),
        _ => in_words(&message.replace('`', "'")),
    }
}

/// The message with what serde expects in words where it names one of Rust's types.
fn in_words(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else { return message.to_owned() };
    let words = match expected {
        "usize" | "u64" | "u32" => "a whole number from 0 on",
        "f64" | "f32" => "a number",
        "a boolean" | "bool" => "true or false",
        other => other,
    };
    format!("{found}, expected {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Window {
        rows: usize,
        kind: Option<Kind>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Valid,
        Same,
    }

    fn window(text: &str) -> String {
        let mut root = Table::parse(Path::new("a.toml"), text).unwrap();
        root.take_table("window").unwrap().unwrap().rest::<Window>().unwrap_err().to_string()
    }

    #[test]
    fn errors_name_file_line_key_and_the_nearest_word() {
        assert_eq!(
            window("# first\n[window]\nrows = 1\nknd = 2"),
            "a.toml:4: [window]: there is no 'knd' here; did you mean 'kind'? There are rows, kind"
        );
        assert_eq!(
            window("[window]\nrows = 1\nkind = \"sane\""),
            "a.toml:3: [window]: 'kind': there is no 'sane'; did you mean 'same'? There are valid, same"
        );
        assert_eq!(window("[window]\n\nkind = \"same\""), "a.toml:1: [window]: 'rows' is missing; add it");
        assert_eq!(
            window("[window]\nrows = \"x\""),
            "a.toml:2: [window]: 'rows': invalid type: string \"x\", expected a whole number from 0 on"
        );
        assert_eq!(
            window("[window]\nrows = -1"),
            "a.toml:2: [window]: 'rows': invalid value: integer '-1', expected a whole number from 0 on"
        );
        let error = Table::parse(Path::new("a.toml"), "a = 1\nb = = 2").unwrap_err().to_string();
        assert!(error.starts_with("a.toml:2: this is not TOML: "), "{error}");
    }

    #[test]
    fn what_is_right_is_read() {
        let mut root = Table::parse(Path::new("a.toml"), "[window]\nrows = 3\nkind = \"same\"").unwrap();
        let window = root.take_table("window").unwrap().unwrap().rest::<Window>();
        assert_eq!(window, Ok(Window { rows: 3, kind: Some(Kind::Same) }));
        let mut root = Table::parse(Path::new("a.toml"), "[window]\nrows = 3").unwrap();
        let window = root.take_table("window").unwrap().unwrap().rest::<Window>();
        assert_eq!(window, Ok(Window { rows: 3, kind: None }));
        assert_ne!(Kind::Valid, Kind::Same);
    }

    #[test]
    fn keys_that_were_taken_before_are_suggested_too() {
        let mut root = Table::parse(Path::new("a.toml"), "trianable = false\nrows = 1").unwrap();
        assert_eq!(root.take::<bool>("trainable").unwrap(), None);
        assert_eq!(
            root.rest::<Window>().unwrap_err().to_string(),
            "a.toml:1: there is no 'trianable' here; did you mean 'trainable'? There are trainable, rows, kind"
        );
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        let mut root = Table::parse(Path::new("a.toml"), "epochs = 1\nwnidow = 3").unwrap();
        assert_eq!(root.take::<usize>("epochs").unwrap(), Some(1));
        assert_eq!(root.take::<usize>("window").unwrap(), None);
        let error = root.end().unwrap_err().to_string();
        assert_eq!(error, "a.toml:2: there is no 'wnidow' here; did you mean 'window'? There are epochs, window");
        let mut root = Table::parse(Path::new("a.toml"), "window = 3\nlist = [1]").unwrap();
        assert!(root.take_table("window").unwrap_err().to_string().contains("'window' must be a table"));
        assert!(root.take_tables("list").unwrap_err().to_string().contains("must be a table"));
    }

    #[test]
    fn a_word_unlike_all_others_is_not_guessed_at() {
        assert_eq!(suggestion("zzz", ["adam", "sgd"]), "; there are adam, sgd");
    }
}
