//! Both databases go through the same migrations: the same numbers, the same names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Problem;

const FOLDER: &str = "crates/store/migrations";
const DATABASES: [&str; 2] = ["postgres", "sqlite"];

pub(super) fn check(files: &[PathBuf]) -> Vec<Problem> {
    let [postgres, sqlite] = DATABASES.map(|database| names(files, database));
    let only = |database: &str, other: &str, names: &BTreeSet<&str>, others: &BTreeSet<&str>| {
        let missing = names.difference(others);
        let to_problem = |name: &&str| {
            Problem::file(
                Path::new(FOLDER).join(database).join(name),
                format!("has no counterpart in `{FOLDER}/{other}`"),
            )
        };
        missing.map(to_problem).collect::<Vec<_>>()
    };
    let mut problems = only("postgres", "sqlite", &postgres, &sqlite);
    problems.extend(only("sqlite", "postgres", &sqlite, &postgres));
    if postgres.is_empty() && sqlite.is_empty() {
        problems.push(Problem::file(FOLDER, "has no migrations"));
    }
    problems
}

fn names<'a>(files: &'a [PathBuf], database: &str) -> BTreeSet<&'a str> {
    let folder = Path::new(FOLDER).join(database);
    files.iter().filter_map(|file| file.strip_prefix(&folder).ok()?.to_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(files: &[&str]) -> Vec<String> {
        let files: Vec<PathBuf> = files.iter().map(|file| Path::new(FOLDER).join(file)).collect();
        check(&files).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn a_migration_must_be_there_twice() {
        assert_eq!(problems(&["postgres/0001_a.sql", "sqlite/0001_a.sql"]), [""; 0]);
        assert_eq!(
            problems(&["postgres/0001_a.sql", "postgres/0002_b.sql", "sqlite/0001_a.sql", "sqlite/0002_c.sql"]),
            [
                "crates/store/migrations/postgres/0002_b.sql: has no counterpart in `crates/store/migrations/sqlite`",
                "crates/store/migrations/sqlite/0002_c.sql: has no counterpart in `crates/store/migrations/postgres`",
            ]
        );
        assert_eq!(problems(&[]), ["crates/store/migrations: has no migrations"]);
    }
}
