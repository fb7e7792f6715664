//! What training was like, epoch by epoch.

use std::fmt::Write;

/// The metrics of an epoch, counted as Keras does: those of training are running averages over the epoch, with the
/// weights as they were at each step; validation comes after the epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// The mean training loss.
    pub loss: f64,
    /// The share of training samples predicted correctly.
    pub accuracy: f64,
    /// The mean validation loss, where there is validation.
    pub val_loss: Option<f64>,
    /// The share of validation samples predicted correctly.
    pub val_accuracy: Option<f64>,
    /// Seconds of training alone.
    pub seconds: f64,
    /// Training images per second.
    pub images_per_second: f64,
    /// The hash of the weights after the epoch ([`Model::weights_hash`](crate::model::Model::weights_hash)); `None`
    /// where an earlier program wrote the history.
    pub weights_hash: Option<u64>,
}

/// All epochs of a training (Keras' `History`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The epochs in order.
    pub epochs: Vec<EpochRecord>,
}

impl History {
    /// The epoch with the best validation accuracy, the first of equals; training accuracy where there is no
    /// validation.
    pub fn best(&self) -> Option<&EpochRecord> {
        // An epoch all of whose steps were skipped has none.
        let score = |record: &EpochRecord| record.val_accuracy.unwrap_or(record.accuracy).max(f64::NEG_INFINITY);
        self.epochs.iter().reduce(|best, record| if score(record) > score(best) { record } else { best })
    }

    /// A table with a header: epoch, accuracy, loss, val_accuracy, val_loss, seconds, images_per_second, weights_hash;
    /// what there is not is `NA`, as in Keras. All but seconds and images_per_second is the same for every run with one
    /// seed.
    pub fn to_csv(&self) -> String {
        let mut csv = format!("{HEADER}\n");
        let optional = |value: Option<f64>| value.map_or("NA".to_owned(), |value| value.to_string());
        for record in &self.epochs {
            let EpochRecord { epoch, loss, accuracy, seconds, images_per_second, .. } = record;
            let (val_accuracy, val_loss) = (optional(record.val_accuracy), optional(record.val_loss));
            let hash = record.weights_hash.map_or("NA".to_owned(), |hash| format!("{hash:016x}"));
            // Writing to a string cannot fail.
            let _ = writeln!(
                csv,
                "{epoch},{accuracy},{loss},{val_accuracy},{val_loss},{seconds:.3},{images_per_second:.1},{hash}"
            );
        }
        csv
    }

    /// The history that [`History::to_csv`] wrote, with or without hashes.
    ///
    /// # Errors
    ///
    /// The line, counted from 1, and what is wrong there.
    pub fn from_csv(csv: &str) -> Result<Self, (usize, String)> {
        let mut lines = csv.lines().enumerate().map(|(number, line)| (number + 1, line));
        let columns = match lines.next() {
            Some((_, HEADER)) => HEADER.split(',').count(),
            Some((_, HEADER_WITHOUT_HASH)) => HEADER_WITHOUT_HASH.split(',').count(),
            _ => return Err((1, format!("the header is not '{HEADER}'"))),
        };
        let epochs = lines.map(|(number, line)| record(line, columns).map_err(|reason| (number, reason)));
        Ok(Self { epochs: epochs.collect::<Result<_, _>>()? })
    }

    /// Seconds of training alone, all epochs together.
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().map(|record| record.seconds).sum()
    }

    /// Training images per second over all epochs; `None` before the first has ended.
    pub fn images_per_second(&self) -> Option<f64> {
        let images: f64 = self.epochs.iter().map(|record| record.images_per_second * record.seconds).sum();
        (self.seconds() > 0.0).then(|| images / self.seconds())
    }
}

const HEADER: &str = "epoch,accuracy,loss,val_accuracy,val_loss,seconds,images_per_second,weights_hash";

/// What it was before there were hashes.
const HEADER_WITHOUT_HASH: &str = "epoch,accuracy,loss,val_accuracy,val_loss,seconds,images_per_second";

/// One line below a header of so many columns.
fn record(line: &str, columns: usize) -> Result<EpochRecord, String> {
    let fields: Vec<&str> = line.split(',').collect();
    let wrong = || format!("there are {} columns, the header has {columns}", fields.len());
    if fields.len() != columns {
        return Err(wrong());
    }
    let &[epoch, accuracy, loss, val_accuracy, val_loss, seconds, images_per_second, ref weights_hash @ ..] =
        fields.as_slice()
    else {
        return Err(wrong());
    };
    let hash = |text: &&str| match *text {
        "NA" => Ok(None),
        text => u64::from_str_radix(text, 16).map(Some).map_err(|_| format!("'{text}' is no hash of weights")),
    };
    let number = |text: &str| text.parse::<f64>().map_err(|_| format!("'{text}' is no number"));
    let optional = |text: &str| if text == "NA" { Ok(None) } else { number(text).map(Some) };
    Ok(EpochRecord {
        epoch: epoch.parse().map_err(|_| format!("'{epoch}' is no epoch"))?,
        loss: number(loss)?,
        accuracy: number(accuracy)?,
        val_loss: optional(val_loss)?,
        val_accuracy: optional(val_accuracy)?,
        seconds: number(seconds)?,
        images_per_second: number(images_per_second)?,
        weights_hash: weights_hash.first().map_or(Ok(None), hash)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: usize, val_accuracy: Option<f64>) -> EpochRecord {
        let (loss, accuracy, val_loss) = (0.5, 0.25, val_accuracy);
        let (seconds, images_per_second, weights_hash) = (2.0, 100.0, Some(0xab));
        EpochRecord { epoch, loss, accuracy, val_loss, val_accuracy, seconds, images_per_second, weights_hash }
    }

    #[test]
    fn the_best_epoch_is_the_first_of_the_most_accurate() {
        let history = History { epochs: vec![record(1, Some(0.5)), record(2, Some(0.75)), record(3, Some(0.75))] };
        assert_eq!(history.best().map(|record| record.epoch), Some(2));
        assert_eq!(History::default().best(), None);
    }

    #[test]
    fn a_missing_metric_is_na() {
        let csv = History { epochs: vec![record(1, None)] }.to_csv();
        assert_eq!(csv.lines().nth(1), Some("1,0.25,0.5,NA,NA,2.000,100.0,00000000000000ab"));
    }

    #[test]
    fn a_written_history_is_read_again() {
        let history = History { epochs: vec![record(1, Some(0.5)), record(2, None)] };
        assert_eq!(History::from_csv(&history.to_csv()), Ok(history.clone()));
        assert_eq!((history.seconds(), history.images_per_second()), (4.0, Some(100.0)));
        assert_eq!(History::default().images_per_second(), None);
    }

    #[test]
    fn a_history_without_hashes_is_read_too() {
        let history = History { epochs: vec![record(1, Some(0.5)), record(2, None)] };
        let csv = history.to_csv().replace(",weights_hash", "").replace(",00000000000000ab", "");
        let without = |record: &EpochRecord| EpochRecord { weights_hash: None, ..*record };
        assert_eq!(History::from_csv(&csv), Ok(History { epochs: history.epochs.iter().map(without).collect() }));
    }

    #[test]
    fn a_damaged_history_is_refused_by_its_line() {
        let whole = History { epochs: vec![record(1, Some(0.5)), record(2, None)] }.to_csv();
        let refused = |csv: &str| History::from_csv(csv).unwrap_err();
        assert_eq!(refused("").0, 1);
        assert_eq!(refused("epoch,loss\n").0, 1);
        let short = whole.trim_end().rsplitn(3, ',').last().unwrap();
        assert_eq!(refused(short), (3, "there are 6 columns, the header has 8".to_owned()));
        assert_eq!(refused(&whole.replace("00ab", "00xy")), (2, "'00000000000000xy' is no hash of weights".to_owned()));
        assert_eq!(refused(&whole.replace("0.25", "much")), (2, "'much' is no number".to_owned()));
    }
}
