//! Unpacking gzip, with the place where the packed bytes are wrong.

use std::{
    cell::Cell,
    io::{self, BufRead, ErrorKind, Read},
    rc::Rc,
};

use flate2::bufread::MultiGzDecoder;

/// A reader that keeps account of how many bytes were taken from it.
pub(super) struct Counted<R> {
    inner: R,
    taken: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.taken.set(self.taken.get() + amount as u64);
        self.inner.consume(amount);
    }
}

/// Whether `bytes` begin as every gzip file does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The unpacked bytes of `packed`, and the number of packed bytes taken so far, which names the offset of an error.
pub(super) fn unpack<R: BufRead>(packed: R) -> (MultiGzDecoder<Counted<R>>, Rc<Cell<u64>>) {
    let taken = Rc::new(Cell::new(0));
    (MultiGzDecoder::new(Counted { inner: packed, taken: Rc::clone(&taken) }), taken)
}

/// What an error met while unpacking says about the packed file.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the file ends in the middle of its gzip data".into(),
        _ => format!("the file cannot be unpacked: {error}"),
    }
}

/// Fills `buffer` from `reader` and says how much of it there was; less than all of it only at the end.
pub(super) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
