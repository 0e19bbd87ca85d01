//! Others who find nearest neighbours.

use std::io::Write as _;
use std::num::NonZero;
use std::process::{Command, Stdio};

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use crate::meter::{Cost, measure};

/// Every axis at mean 0 and variance 1.
pub(crate) fn standardised(mut points: Vec<[f32; 12]>) -> Vec<[f32; 12]> {
    for axis in 0..12 {
        let values = || points.iter().map(|point| f64::from(point[axis]));
        let count = points.len() as f64;
        let mean = values().sum::<f64>() / count;
        let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        for point in &mut points {
            point[axis] = ((f64::from(point[axis]) - mean) / deviation) as f32;
        }
    }
    points
}

/// A tree, and the 11 nearest of every point, itself among them, by all threads of the pool.
pub(crate) fn kiddo(points: &[[f32; 12]]) -> Cost {
    let eleven = NonZero::new(11).unwrap_or(NonZero::<usize>::MIN);
    let (found, cost) = measure(|| {
        let Ok(tree) = ImmutableKdTree::<f32, 12>::new_from_slice(points) else { return 0 };
        let near = |point: &[f32; 12]| tree.query(point).nearest_n::<SquaredEuclidean<f32>>(eleven).execute().len();
        points.par_iter().with_min_len(64).map(near).sum::<usize>()
    });
    assert_eq!(found, points.len() * points.len().min(11), "kiddo found something else");
    cost
}

/// What the Python has of scipy and faiss, fed by a pipe; each prints a line of its own.
const SCRIPT: &str = r#"
import sys, time, resource
try:
    import numpy as np
except ImportError:
    sys.exit("no numpy")
x = np.frombuffer(sys.stdin.buffer.read(), np.float32).reshape(-1, 12)
def used():
    u = resource.getrusage(resource.RUSAGE_SELF); return u.ru_utime + u.ru_stime
def run(name, f):
    w, c = time.time(), used()
    try:
        f()
    except ImportError:
        print(f"  {name:7s} not there"); return
    print(f"  {name:7s} {time.time() - w:.2f} s wall, {used() - c:.2f} s processor", flush=True)
def scipy():
    from scipy.spatial import cKDTree
    t = cKDTree(x)
    for i in range(0, len(x), 50000): t.query(x[i:i + 50000], 11, workers=-1)
def faiss():
    import faiss
    t = faiss.IndexFlatL2(12) if len(x) <= 100000 else faiss.IndexHNSWFlat(12, 32)
    t.add(x)
    for i in range(0, len(x), 50000): t.search(x[i:i + 50000], 11)
run("scipy", scipy)
run("faiss", faiss)
"#;

pub(crate) fn python(points: &[[f32; 12]]) {
    let Ok(python) = std::env::var("SIXPOTIFY_BENCH_PYTHON") else {
        println!("  scipy   not asked: SIXPOTIFY_BENCH_PYTHON is not set");
        println!("  faiss   not asked: SIXPOTIFY_BENCH_PYTHON is not set");
        return;
    };
    let spawned = Command::new(&python).args(["-c", SCRIPT]).stdin(Stdio::piped()).spawn();
    let done = spawned.and_then(|mut child| {
        if let Some(mut pipe) = child.stdin.take() {
            let bytes: Vec<u8> = points.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
            pipe.write_all(&bytes)?;
        }
        child.wait()
    });
    match done {
        Ok(status) if status.success() => {}
        Ok(status) => println!("  python  `{python}` ended with {status}"),
        Err(error) => println!("  python  `{python}`: {error}"),
    }
}
