//! The nearest known word.

/// `; did you mean 'filters'? There are filters, kernel_size`: how a message about an unknown word goes on.
pub(crate) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let likeness = |known: &str| strsim::jaro_winkler(word, known);
    let nearest =
        known.iter().filter(|known| likeness(known) > 0.75).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let question = nearest.map_or_else(String::new, |nearest| format!("; did you mean '{nearest}'?"));
    let joint = if question.is_empty() { "; there are" } else { " There are" };
    format!("{question}{joint} {}", known.join(", "))
}
