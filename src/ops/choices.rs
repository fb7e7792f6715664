//! Which kernel each pass takes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{KernelChoice, Pass};

/// A choice of kernels pass by pass, such as was measured; by the passes' texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KernelChoices {
    choices: BTreeMap<String, KernelChoice>,
}

impl KernelChoices {
    /// The choice for this pass, if there is one.
    pub fn get(&self, pass: &Pass) -> Option<KernelChoice> {
        self.choices.get(&pass.to_string()).copied()
    }

    /// Says which kernel this pass takes.
    pub fn insert(&mut self, pass: &Pass, choice: KernelChoice) {
        self.choices.insert(pass.to_string(), choice);
    }

    /// Leaves this pass to the choice for all.
    pub fn remove(&mut self, pass: &Pass) {
        self.choices.remove(&pass.to_string());
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// Whether any pass has this choice.
    pub fn any(&self, choice: KernelChoice) -> bool {
        self.choices.values().any(|own| *own == choice)
    }

    /// The texts of those that are of none of these passes.
    pub fn beside<'a>(&'a self, passes: &[Pass]) -> impl Iterator<Item = &'a str> {
        let known: BTreeSet<String> = passes.iter().map(Pass::to_string).collect();
        self.choices.keys().map(String::as_str).filter(move |text| !known.contains(*text))
    }

    /// Those of these passes, without the others.
    pub fn of(&self, passes: &[Pass]) -> Self {
        let choices = passes.iter().filter_map(|pass| Some((pass.to_string(), self.get(pass)?)));
        Self { choices: choices.collect() }
    }
}
