//! Optimizers, with Keras' names and defaults.

use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::ops::UpdateRule;
use crate::settings::{SettingsError, Table, suggestion};

/// How weights follow their gradients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimizer {
    /// The rule and its constants.
    #[serde(flatten)]
    pub rule: Rule,
    /// The learning rate.
    pub learning_rate: f64,
    /// Decoupled decay: before each update every weight loses `weight_decay * learning_rate` of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// The largest norm of all gradients together; larger ones are scaled down to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_clipnorm: Option<f64>,
}

/// Makes [`Rule`], and the names of its optimizers with their constructors, of one table: no rule is without a name.
macro_rules! rules {
    ($($(#[$attribute:meta])* $rule:ident { $($constants:tt)* } = $($name:literal: $optimizer:ident),+;)+) => {
        /// The rules there are.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name", rename_all = "lowercase")]
        pub enum Rule {
            $($(#[$attribute])* $rule { $($constants)* },)+
        }

        impl Optimizer {
            /// The names that [`Optimizer::by_name`] knows.
            pub const NAMES: &[&str] = &[$($($name),+),+];

            /// The optimizer of this name with Keras' defaults; `None` when there is none.
            pub fn by_name(name: &str) -> Option<Self> {
                match name {
                    $($($name => Some(Self::$optimizer()),)+)+
                    _ => None,
                }
            }
        }
    };
}

rules! {
    /// `m += (g - m)(1 - beta_1); v += (g^2 - v)(1 - beta_2); w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v)
    /// + epsilon)`. Source: Kingma and Ba, ICLR 2015, in Keras' form.
    Adam {
        /// Default 0.9.
        beta_1: f64,
        /// Default 0.999.
        beta_2: f64,
        /// Default 1e-7.
        epsilon: f64,
    } = "adam": adam, "adamw": adamw;
    /// `v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon)`.
    RmsProp {
        /// Default 0.9.
        rho: f64,
        /// Default 1e-7.
        epsilon: f64,
    } = "rmsprop": rmsprop;
    /// `v = momentum v - lr g; w += v`, with Nesterov `w += momentum v - lr g`; without momentum `w -= lr g`.
    Sgd {
        /// Default 0.
        #[serde(default)]
        momentum: f64,
        /// Default false.
        #[serde(default)]
        nesterov: bool,
    } = "sgd": sgd;
}

const ADAM: Rule = Rule::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

impl Optimizer {
    fn with(rule: Rule, learning_rate: f64) -> Self {
        Self { rule, learning_rate, weight_decay: None, global_clipnorm: None }
    }

    /// Stochastic gradient descent: learning rate 0.01, no momentum.
    pub fn sgd() -> Self {
        Self::with(Rule::Sgd { momentum: 0.0, nesterov: false }, 0.01)
    }

    /// RMSprop: learning rate 0.001, rho 0.9, epsilon 1e-7.
    pub fn rmsprop() -> Self {
        Self::with(Rule::RmsProp { rho: 0.9, epsilon: 1e-7 }, 0.001)
    }

    /// Adam: learning rate 0.001, beta_1 0.9, beta_2 0.999, epsilon 1e-7.
    pub fn adam() -> Self {
        Self::with(ADAM, 0.001)
    }

    /// AdamW: Adam with a weight decay of 0.004. Source: Loshchilov and Hutter, ICLR 2019.
    pub fn adamw() -> Self {
        Self { weight_decay: Some(0.004), ..Self::adam() }
    }

    /// Its name, and what of it is not as it is by default: `sgd, momentum 0.9, nesterov`.
    pub fn describe(&self) -> String {
        let mut words = vec![match (self.rule, self.weight_decay) {
            (Rule::Sgd { .. }, _) => "sgd".to_owned(),
            (Rule::RmsProp { .. }, _) => "rmsprop".to_owned(),
            (Rule::Adam { .. }, None) => "adam".to_owned(),
            (Rule::Adam { .. }, Some(_)) => "adamw".to_owned(),
        }];
        if let Rule::Sgd { momentum, nesterov } = self.rule
            && momentum > 0.0
        {
            words.push(format!("momentum {momentum}"));
            words.extend(nesterov.then(|| "nesterov".to_owned()));
        }
        words.extend(self.global_clipnorm.map(|norm| format!("clipped to {norm}")));
        words.join(", ")
    }

    /// Whether both are of one name: the same rule, and decaying weights or not.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.rule) == std::mem::discriminant(&other.rule)
            && self.weight_decay.is_some() == other.weight_decay.is_some()
    }

    /// Reads an optimizer from its table: `name` (default adam), and whichever constants are not to have their defaults.
    pub(super) fn read(mut table: Table<'_>) -> Result<Self, SettingsError> {
        let name_place = table.place_of("name").unwrap_or_else(|| table.place());
        let name = table.take::<String>("name")?.unwrap_or_else(|| "adam".to_owned());
        let mut optimizer = Self::by_name(&name).ok_or_else(|| {
            let known = suggestion(&name, Self::NAMES.iter().copied());
            name_place.error(format!("[optimizer]: 'name': there is no optimizer '{name}'{known}"))
        })?;
        let mut set = |key, constant: &mut f64| table.take(key).map(|given| *constant = given.unwrap_or(*constant));
        set("learning_rate", &mut optimizer.learning_rate)?;
        match &mut optimizer.rule {
            Rule::Sgd { momentum, nesterov } => {
                set("momentum", momentum)?;
                *nesterov = table.take("nesterov")?.unwrap_or(*nesterov);
            }
            Rule::RmsProp { rho, epsilon } => {
                set("rho", rho)?;
                set("epsilon", epsilon)?;
            }
            Rule::Adam { beta_1, beta_2, epsilon } => {
                set("beta_1", beta_1)?;
                set("beta_2", beta_2)?;
                set("epsilon", epsilon)?;
            }
        }
        optimizer.weight_decay = table.take("weight_decay")?.or(optimizer.weight_decay);
        optimizer.global_clipnorm = table.take("global_clipnorm")?.or(optimizer.global_clipnorm);
        table.end()?;
        Ok(optimizer)
    }

    /// An error that names the first constant out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |option, value: f64, range| Err(TrainError::Option { option, value: format!("{value:?}"), range });
        // As the device has it: in 32 bits a number can become 0 or infinite.
        let positive = |value: f64| value as f32 > 0.0 && (value as f32).is_finite();
        if !positive(self.learning_rate) {
            return refuse("learning_rate", self.learning_rate, "above 0 and finite in 32 bits");
        }
        if let Some(value) = self.weight_decay.filter(|value| !(*value >= 0.0 && value.is_finite())) {
            return refuse("weight_decay", value, "at least 0");
        }
        if let Some(value) = self.global_clipnorm.filter(|value| !positive(*value)) {
            return refuse("global_clipnorm", value, "above 0");
        }
        let shares: &[(&'static str, f64)] = match &self.rule {
            Rule::Sgd { momentum, .. } => &[("momentum", *momentum)],
            Rule::RmsProp { rho, .. } => &[("rho", *rho)],
            Rule::Adam { beta_1, beta_2, .. } => &[("beta_1", *beta_1), ("beta_2", *beta_2)],
        };
        if let Some((option, value)) = shares.iter().find(|(_, value)| !(0.0..1.0).contains(value)) {
            return refuse(option, *value, "at least 0 and below 1");
        }
        match self.rule {
            Rule::RmsProp { epsilon, .. } | Rule::Adam { epsilon, .. } if !positive(epsilon) => {
                refuse("epsilon", epsilon, "above 0")
            }
            _ => Ok(()),
        }
    }

    /// The rule as the op takes it.
    pub(crate) fn update_rule(&self) -> UpdateRule {
        match self.rule {
            Rule::Sgd { momentum, nesterov } => UpdateRule::Sgd { momentum, nesterov },
            Rule::RmsProp { rho, epsilon } => UpdateRule::RmsProp { rho, epsilon },
            Rule::Adam { beta_1, beta_2, epsilon } => UpdateRule::Adam { beta_1, beta_2, epsilon },
        }
    }

    /// Adam's `sqrt(1 - beta_2^t) / (1 - beta_1^t)` for t = `iteration` + 1; 1 for other rules.
    ///
    /// In f32 throughout, as Keras computes it: there `1 - 0.999^t` is smaller by 1.3e-5 of itself in the first steps,
    /// and training is sensitive enough that losses would part from Keras' by percents within twenty steps.
    pub(super) fn bias_correction(&self, iteration: u32) -> f32 {
        match self.rule {
            Rule::Adam { beta_1, beta_2, .. } => {
                let t = iteration as f32 + 1.0;
                (1.0 - (beta_2 as f32).powf(t)).sqrt() / (1.0 - (beta_1 as f32).powf(t))
            }
            Rule::Sgd { .. } | Rule::RmsProp { .. } => 1.0,
        }
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::adam()
    }
}
