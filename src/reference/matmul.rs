//! The product of two matrices, which is a dense layer without its bias: A is the batch, B the kernel (in, out).

/// `out[i, j] = sum over p of a[i, p] * b[p, j]`
///
/// `a` (m, k), `b` (k, n); the result is (m, n).
pub fn forward(m: usize, k: usize, n: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; m * n];
    for i in 0..m {
        let out = &mut out[i * n..][..n];
        for p in 0..k {
            let a = a[i * k + p];
            for (out, b) in out.iter_mut().zip(&b[p * n..][..n]) {
                *out += a * b;
            }
        }
    }
    out
}

/// `da[i, p] = sum over j of dout[i, j] * b[p, j]`
///
/// `dout` (m, n), `b` (k, n); the result is (m, k).
pub fn gradient_of_a(m: usize, k: usize, n: usize, dout: &[f64], b: &[f64]) -> Vec<f64> {
    let mut da = vec![0.0; m * k];
    for i in 0..m {
        for p in 0..k {
            da[i * k + p] = dout[i * n..][..n].iter().zip(&b[p * n..][..n]).map(|(dout, b)| dout * b).sum();
        }
    }
    da
}

/// `db[p, j] = sum over i of a[i, p] * dout[i, j]`
///
/// `a` (m, k), `dout` (m, n); the result is (k, n).
pub fn gradient_of_b(m: usize, k: usize, n: usize, a: &[f64], dout: &[f64]) -> Vec<f64> {
    let mut db = vec![0.0; k * n];
    for i in 0..m {
        let dout = &dout[i * n..][..n];
        for p in 0..k {
            let a = a[i * k + p];
            for (db, dout) in db[p * n..][..n].iter_mut().zip(dout) {
                *db += a * dout;
            }
        }
    }
    db
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_gradient, numbers};
    use super::*;

    #[test]
    fn rows_meet_columns() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0, 0.0, 0.0, 1.0, 1.0, 10.0];
        assert_eq!(forward(2, 3, 2, &a, &b), [4.0, 32.0, 10.0, 65.0]);
    }

    #[test]
    fn gradients_are_the_finite_differences() {
        for (m, k, n) in [(1, 1, 1), (1, 7, 3), (3, 1, 7), (7, 3, 1), (3, 5, 7)] {
            let (a, b, dout) = (numbers(1, m * k), numbers(2, k * n), numbers(3, m * n));
            assert_gradient(|a| forward(m, k, n, a, &b), &dout, &a, &gradient_of_a(m, k, n, &dout, &b));
            assert_gradient(|b| forward(m, k, n, &a, b), &dout, &b, &gradient_of_b(m, k, n, &a, &dout));
        }
    }
}
