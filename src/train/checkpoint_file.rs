//! Checkpoints on disk: safetensors, with one JSON string of metadata and a checksum over the whole file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::checkpoint::{Identity, Values};
use super::pass::{Place, Totals};
use super::{Checkpoint, CheckpointError, EpochRecord, History};
use crate::files::{checksum, write_whole};

/// The key of the metadata; one, since the format writes several in random order.
const KEY: &str = "ocellus-checkpoint";

/// The version of the files that this program writes and knows.
const VERSION: u32 = 1;

/// The metadata. Its numbers are whole: others stand in tensors, which hold every bit, and NaN.
#[derive(Serialize, Deserialize)]
struct Header {
    /// The file's checksum; it stands first, so that it is found.
    crc32: String,
    version: u32,
    step: usize,
    adapter: String,
    training: Map<String, Value>,
}

/// The columns of the tensor of the epochs before: all but the hashes.
const COLUMNS: usize = 5;

impl Checkpoint {
    /// Writes it to `path`, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let write = |source| CheckpointError::Write { path: path.to_owned(), source };
        write_whole(path, &self.to_bytes()?).map_err(write)
    }

    /// Reads what [`Checkpoint::save`] wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is cut short or has any bit changed.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::read(path).map_err(|source| CheckpointError::Read { path: path.to_owned(), source })?;
        Self::from_bytes(path, &bytes)
    }

    /// The contents of its file: equal but for the tensor `seconds` where two trainings are equal.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let header = Header {
            crc32: checksum::NO_DIGITS.to_owned(),
            version: VERSION,
            step: self.place.step,
            adapter: self.adapter.clone(),
            training: self.identity.facts().clone(),
        };
        let json = serde_json::to_string(&header).map_err(CheckpointError::Description)?;
        let records = &self.history.epochs;
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let history: Vec<f64> = records
            .iter()
            .flat_map(|r| [r.loss, r.accuracy, number(r.val_loss), number(r.val_accuracy), r.seconds])
            .collect();
        let hashes: Vec<u64> = records.iter().map(|record| record.weights_hash.unwrap_or(0)).collect();
        let Totals { samples, skipped, loss, correct } = self.place.totals;
        let (epoch, samples) = ([loss, correct, self.seconds], [samples as u64, skipped as u64]);
        let mut views = vec![
            ("history".to_owned(), Dtype::F64, vec![records.len(), COLUMNS], bytemuck::cast_slice(&history)),
            ("history/weights_hash".to_owned(), Dtype::U64, vec![records.len()], bytemuck::cast_slice(&hashes)),
            ("epoch".to_owned(), Dtype::F64, vec![3], bytemuck::cast_slice(&epoch)),
            ("epoch/samples".to_owned(), Dtype::U64, vec![samples.len()], bytemuck::cast_slice(&samples)),
        ];
        let moments = self.moments.iter().enumerate().map(|(number, values)| (moment(number), values));
        let groups = [("weights/".to_owned(), &self.weights), ("best/".to_owned(), &self.best)];
        for (group, values) in groups.into_iter().chain(moments) {
            for (name, values) in values {
                let bytes = bytemuck::cast_slice(values);
                views.push((format!("{group}{name}"), Dtype::F32, vec![values.len()], bytes));
            }
        }
        let damaged = |error: safetensors::SafeTensorError| CheckpointError::Format(error.to_string());
        let views =
            views.into_iter().map(|(name, dtype, shape, bytes)| Ok((name, TensorView::new(dtype, shape, bytes)?)));
        let views = views.collect::<Result<Vec<_>, _>>().map_err(damaged)?;
        let information = Some(HashMap::from([(KEY.to_owned(), json)]));
        let mut bytes = safetensors::serialize(views, information).map_err(damaged)?;
        checksum::seal(&mut bytes);
        Ok(bytes)
    }

    /// The same from the file's contents; messages call them `path`.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let damaged = |reason: String| CheckpointError::Damaged { path: path.to_owned(), reason };
        if !checksum::check(bytes).map_err(damaged)? {
            return Err(damaged("it does not begin as a checkpoint does".to_owned()));
        }
        let format = |error: safetensors::SafeTensorError| damaged(error.to_string());
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let contents = Contents { tensors: SafeTensors::deserialize(bytes).map_err(format)? };
        let json = metadata.metadata().as_ref().and_then(|information| information.get(KEY));
        let json = json.ok_or_else(|| damaged("it has no description".to_owned()))?;
        let version: Value = serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
        if version["version"] != VERSION {
            return Err(CheckpointError::OtherVersion {
                path: PathBuf::from(path),
                version: version["version"].to_string(),
            });
        }
        let header: Header = serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
        Self::from_contents(header, &contents).map_err(damaged)
    }

    fn from_contents(header: Header, contents: &Contents<'_>) -> Result<Self, String> {
        let identity = Identity::from_facts(header.training)?;
        let hashes: Vec<u64> = contents.get("history/weights_hash", Dtype::U64)?;
        let history: Vec<f64> = contents.get("history", Dtype::F64)?;
        let epoch: Vec<f64> = contents.get("epoch", Dtype::F64)?;
        let samples: Vec<u64> = contents.get("epoch/samples", Dtype::U64)?;
        // Those that were skipped were not counted from the beginning.
        let (&[loss, correct, seconds], &[samples, ref skipped @ ..]) = (epoch.as_slice(), samples.as_slice()) else {
            return Err("it does not tell the sums of its epoch".to_owned());
        };
        let skipped = skipped.first().copied().unwrap_or(0);
        if skipped > samples {
            return Err(format!("it has skipped {skipped} of {samples} samples"));
        }
        let (rows, rest) = history.as_chunks::<COLUMNS>();
        if rows.len() != hashes.len() || !rest.is_empty() {
            return Err(format!("it has {} hashes for {} epochs", hashes.len(), rows.len()));
        }
        let validated = |value: f64| identity.is_validated().then_some(value);
        let records = rows.iter().zip(&hashes).enumerate().map(|(number, (row, &hash))| {
            let &[loss, accuracy, val_loss, val_accuracy, seconds] = row;
            EpochRecord {
                epoch: number + 1,
                loss,
                accuracy,
                val_loss: validated(val_loss),
                val_accuracy: validated(val_accuracy),
                seconds,
                images_per_second: identity.samples() as f64 / seconds,
                weights_hash: Some(hash),
            }
        });
        let history = History { epochs: records.collect() };
        let mut moments = Vec::new();
        while let Some(values) = Some(contents.group(&moment(moments.len()))?).filter(|values| !values.is_empty()) {
            moments.push(values);
        }
        let totals = Totals { samples: samples as usize, skipped: skipped as usize, loss, correct };
        Ok(Self {
            adapter: header.adapter,
            weights: contents.group("weights/")?,
            best: contents.group("best/")?,
            moments,
            place: Place { step: header.step, totals },
            seconds,
            history,
            identity,
        })
    }
}

/// What the names of a moment's tensors begin with.
fn moment(number: usize) -> String {
    format!("moment {number}/")
}

/// The tensors of a file.
struct Contents<'a> {
    tensors: SafeTensors<'a>,
}

impl Contents<'_> {
    fn get<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(&self, name: &str, dtype: Dtype) -> Result<Vec<T>, String> {
        let view = self.tensors.tensor(name).map_err(|_| format!("it has no tensor '{name}'"))?;
        if view.dtype() != dtype {
            return Err(format!("tensor '{name}' is {:?}, it must be {dtype:?}", view.dtype()));
        }
        // The data need not be aligned within the file.
        Ok(bytemuck::pod_collect_to_vec(view.data()))
    }

    /// The tensors whose names begin with `group`, by the rest of their names.
    fn group(&self, group: &str) -> Result<Values, String> {
        let names = self.tensors.names().into_iter().filter_map(|name| Some((name, name.strip_prefix(group)?)));
        names.map(|(name, rest)| Ok((rest.to_owned(), self.get(name, Dtype::F32)?))).collect()
    }
}
