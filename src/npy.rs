//! Arrays in NumPy's own format, as `numpy.load` reads them.

use std::io::{self, Write};

/// Bytes before the header: the magic word, the version, the header's length.
const PREFIX_BYTES: usize = 10;

/// The header and its prefix end at a multiple of so many bytes.
const ALIGNMENT: usize = 64;

/// Writes the head of an array of f32 of shape `shape` in row-major order, version 1.0 of the format:
/// <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. The elements follow with [`write_values`].
pub fn write_head(out: &mut dyn Write, shape: &[usize]) -> io::Result<()> {
    let mut extents = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    if shape.len() == 1 {
        // As in Python: without the comma it would be no tuple.
        extents.push(',');
    }
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({extents}), }}");
    // The line's end belongs to the header.
    let bytes = (PREFIX_BYTES + header.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX_BYTES;
    header = format!("{header:<width$}\n", width = bytes - 1);
    let length = u16::try_from(bytes).map_err(|_| io::Error::other("an array of too many dimensions"))?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())
}

/// Writes elements, the first ones or the next.
pub fn write_values(out: &mut dyn Write, values: &[f32]) -> io::Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(shape: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_head(&mut bytes, shape).unwrap();
        bytes
    }

    #[test]
    fn an_array_is_what_numpy_itself_writes() {
        // numpy.save of numpy.array([[1, -2.5]], dtype=numpy.float32), numpy 1.24.
        let mut bytes = head(&[1, 2]);
        write_values(&mut bytes, &[1.0, -2.5]).unwrap();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
        let expected = format!("{header:<117}\n");
        assert_eq!(bytes[..10], *b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(bytes[10..128], *expected.as_bytes());
        assert_eq!(bytes[128..], [0, 0, 128, 63, 0, 0, 32, 192]);
    }

    #[test]
    fn every_head_ends_at_a_multiple_of_64_bytes() {
        for shape in [[].as_slice(), &[1], &[3, 4, 5], &[1_000_000, 32, 32, 256], &[usize::MAX; 4]] {
            let bytes = head(shape);
            assert!(bytes.len().is_multiple_of(64) && bytes.ends_with(b"\n"), "{shape:?}: {}", bytes.len());
        }
        assert!(head(&[3]).windows(4).any(|window| window == b"(3,)"));
    }
}
