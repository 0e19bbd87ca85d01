//! Which system user the server runs as: PostgreSQL refuses to run as root.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::error::{PostgresError, Result};

/// Tried in this order when we are root.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];

/// The user that owns the data directory and runs the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// Ourselves.
    Own,
    /// Somebody with fewer rights, because we are root.
    StandIn {
        /// Numeric user id.
        uid: u32,
        /// Numeric id of the user's own group.
        gid: u32,
    },
}

impl Account {
    /// Chooses the account for `dir`, a directory that this process has just created, and gives the directory to it.
    pub(super) fn owning(dir: &Path) -> Result<Self> {
        let doing = || format!("choose a user for `{}`", dir.display());
        // The owner of a file just made is our effective user: no call outside std needed.
        let ours = fs::metadata(dir).map_err(PostgresError::io(doing()))?.uid();
        if ours != 0 {
            return Ok(Self::Own);
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(PostgresError::io("read `/etc/passwd`"))?;
        let account = STAND_INS.iter().find_map(|name| in_passwd(&passwd, name)).ok_or_else(|| {
            PostgresError::other(
                doing(),
                "PostgreSQL does not run as root, and there is neither a user `postgres` nor a user `nobody`",
            )
        })?;
        account.take(dir).map_err(PostgresError::io(doing()))?;
        Ok(account)
    }

    fn take(self, dir: &Path) -> io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::StandIn { uid, gid } => chown(dir, Some(uid), Some(gid)),
        }
    }

    /// Has `command` run as this account; our supplementary groups are given up along with our rights.
    pub(super) fn runs(self, command: &mut Command) {
        if let Self::StandIn { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("the present user"),
            Self::StandIn { uid, .. } => write!(f, "user {uid}"),
        }
    }
}

fn in_passwd(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        // A stand-in with root's rights would be none.
        (uid != 0).then_some(Account::StandIn { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ids_of_exactly_the_named_user() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nnobody2:x:7:8::/:\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(in_passwd(passwd, "nobody"), Some(Account::StandIn { uid: 65534, gid: 65533 }));
        assert_eq!(in_passwd(passwd, "postgres"), None);
        assert_eq!(in_passwd(passwd, "root"), None);
        assert_eq!(in_passwd("nobody:x:broken\n", "nobody"), None);
    }
}
