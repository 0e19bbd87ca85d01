//! Rows of `claims`.

use super::{key, unify};
use crate::text::{Text, clean};
use crate::{Claim, Result};

/// The key of a row of `claims`.
#[derive(Debug)]
pub(crate) struct ClaimRow<'a> {
    pub(crate) scope: Text<'a>,
    pub(crate) key: Text<'a>,
}

/// Rows of claims that are to be made.
///
/// # Errors
/// [`crate::StoreError::Other`] when a key is longer than an index can hold.
pub(crate) fn claim_rows(claims: &[Claim]) -> Result<Vec<ClaimRow<'_>>> {
    let rows = rows(claims);
    for row in &rows {
        key("claims", [&row.scope, &row.key])?;
    }
    Ok(rows)
}

pub(super) fn rows(claims: &[Claim]) -> Vec<ClaimRow<'_>> {
    let mut rows: Vec<ClaimRow<'_>> =
        claims.iter().map(|c| ClaimRow { scope: clean(&c.scope), key: clean(&c.key) }).collect();
    unify(&mut rows, |a, b| (&a.scope, &a.key).cmp(&(&b.scope, &b.key)), |_, _| ());
    rows
}
