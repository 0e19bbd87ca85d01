//! Made names, about as near to each other as those of real artists are, each written in Latin and in Hangul; and queries for
//! them as people mistype them.

use std::collections::HashSet;

use sixpotify_core::fold;

/// What a syllable begins with: in Latin, the syllables of Hangul before it, its number among the first letters of Hangul.
const ONSETS: &[(&str, &str, u32)] = &[
    ("", "", 11),
    ("b", "", 7),
    ("ch", "", 14),
    ("d", "", 3),
    ("f", "", 17),
    ("g", "", 0),
    ("h", "", 18),
    ("j", "", 12),
    ("k", "", 15),
    ("l", "", 5),
    ("m", "", 6),
    ("n", "", 2),
    ("p", "", 17),
    ("r", "", 5),
    ("s", "", 9),
    ("t", "", 16),
    ("v", "", 7),
    ("z", "", 12),
    ("br", "브", 5),
    ("dr", "드", 5),
    ("gr", "그", 5),
    ("kr", "크", 5),
    ("pr", "프", 5),
    ("st", "스", 16),
    ("tr", "트", 5),
];

/// Vowels, and their numbers in Hangul.
const VOWELS: &[(&str, u32)] = &[("a", 0), ("e", 5), ("i", 20), ("o", 8), ("u", 13)];

/// What a syllable ends with: in Latin, its number among the last letters of Hangul, the syllables of Hangul behind it.
const CODAS: &[(&str, u32, &str)] = &[
    ("", 0, ""),
    ("", 0, ""),
    ("", 0, ""),
    ("", 0, ""),
    ("n", 4, ""),
    ("m", 16, ""),
    ("l", 8, ""),
    ("s", 0, "스"),
    ("t", 0, "트"),
    ("k", 0, "크"),
    ("ng", 21, ""),
];

/// Words that names are made of besides those of their own: a third of them for each place in a name.
const WORDS: usize = 45_000;

/// Words that stand before many names.
const COMMON: &[(&str, &str)] = &[
    ("DJ", "디제이"),
    ("Lil", "릴"),
    ("MC", "엠씨"),
    ("Los", "로스"),
    ("Young", "영"),
    ("Big", "빅"),
    ("Black", "블랙"),
];

/// An artist.
pub(crate) struct Artist {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) followers: u64,
    pub(crate) aliases: Vec<String>,
    /// The name in Hangul.
    hangul: String,
}

/// A text that somebody types.
pub(crate) struct Query {
    pub(crate) text: String,
    /// The name of the artist that is meant; none: nobody is.
    pub(crate) meant: Option<String>,
}

/// Artists and queries.
pub(crate) struct Made {
    pub(crate) artists: Vec<Artist>,
    pub(crate) exact: Vec<Query>,
    pub(crate) typos: Vec<Query>,
    pub(crate) sounds: Vec<Query>,
    pub(crate) strangers: Vec<Query>,
}

impl Made {
    /// `count` artists, three in ten with an alias, and `queries` of each kind.
    pub(crate) fn generate(count: usize, queries: usize) -> Self {
        let mut maker = Maker::new();
        let artists: Vec<Artist> = (0..count).map(|_| maker.artist()).collect();
        let random = &mut fastrand::Rng::with_seed(12);
        let query = |text: String, artist: &Artist| Query { text, meant: Some(artist.name.clone()) };
        let mut of_artists = |make: &dyn Fn(usize, &Artist, &mut fastrand::Rng) -> String| -> Vec<Query> {
            (0..queries)
                .map(|n| {
                    let artist = &artists[random.usize(..artists.len())];
                    query(make(n, artist, random), artist)
                })
                .collect()
        };
        let exact = of_artists(&|n, artist, _| {
            artist.aliases.first().filter(|_| n % 3 == 0).unwrap_or(&artist.name).to_lowercase()
        });
        let typos = of_artists(&|n, artist, random| {
            let slips = if artist.name.len() > 9 { 1 + n % 2 } else { 1 };
            mistyped(&artist.name, slips, random)
        });
        let sounds = of_artists(&|_, artist, _| artist.hangul.clone());
        let keys: HashSet<String> =
            artists.iter().flat_map(|a| std::iter::once(&a.name).chain(&a.aliases)).map(|name| fold(name)).collect();
        let strangers = std::iter::repeat_with(|| maker.artist().name).filter(|name| !keys.contains(&fold(name)));
        let strangers = strangers.take(queries).map(|text| Query { text, meant: None }).collect();
        Self { artists, exact, typos, sounds, strangers }
    }

    /// Aliases of all artists.
    pub(crate) fn aliases(&self) -> usize {
        self.artists.iter().map(|artist| artist.aliases.len()).sum()
    }
}

/// A word or name in Latin, and in Hangul.
type Spelt = (String, String);

/// Makes names, always the same ones.
struct Maker {
    random: fastrand::Rng,
    words: Vec<Spelt>,
}

impl Maker {
    fn new() -> Self {
        let mut random = fastrand::Rng::with_seed(11);
        let words = (0..WORDS)
            .map(|_| {
                let syllables = [1, 1, 2, 2, 3][random.usize(..5)];
                word(&mut random, syllables)
            })
            .collect();
        Self { random, words }
    }

    fn artist(&mut self) -> Artist {
        let (name, hangul) = self.name();
        let aliases = if self.random.usize(..10) < 3 { vec![self.name().0] } else { Vec::new() };
        let id: String = std::iter::repeat_with(|| self.random.alphanumeric()).take(22).collect();
        Artist { id, name, followers: self.random.u64(..1_000_000), aliases, hangul }
    }

    /// A third are one word of their own, half are two words, the others three; some with a common word before them.
    fn name(&mut self) -> Spelt {
        let mut parts: Vec<Spelt> = Vec::new();
        if self.random.usize(..12) == 0 {
            let (latin, hangul) = COMMON[self.random.usize(..COMMON.len())];
            parts.push((latin.to_owned(), hangul.to_owned()));
        }
        match self.random.usize(..6) {
            0 | 1 => {
                let syllables = [2, 3, 3, 4][self.random.usize(..4)];
                parts.push(word(&mut self.random, syllables));
            }
            2 => (0..3).for_each(|place| parts.push(self.shared_word(place))),
            _ => (0..2).for_each(|place| parts.push(self.shared_word(place))),
        }
        let joined = |part: fn(&Spelt) -> &str| parts.iter().map(part).collect::<Vec<_>>().join(" ");
        (joined(|(latin, _)| latin), joined(|(_, hangul)| hangul))
    }

    /// A word that other names have in this place, too; some of them much more than others.
    fn shared_word(&mut self, place: usize) -> Spelt {
        let of_place = self.words.len() / 3;
        let at = (self.random.f64().powi(3) * of_place as f64) as usize;
        self.words[place * of_place + at.min(of_place - 1)].clone()
    }
}

fn word(random: &mut fastrand::Rng, syllables: usize) -> Spelt {
    let (mut latin, mut hangul) = (String::new(), String::new());
    for _ in 0..syllables {
        let (onset, before, first) = ONSETS[random.usize(..ONSETS.len())];
        let (vowel, middle) = VOWELS[random.usize(..VOWELS.len())];
        let (coda, last, behind) = CODAS[random.usize(..CODAS.len())];
        latin.extend([onset, vowel, coda]);
        hangul.push_str(before);
        hangul.extend(char::from_u32(0xAC00 + (first * 21 + middle) * 28 + last));
        hangul.push_str(behind);
    }
    (latin[..1].to_uppercase() + &latin[1..], hangul)
}

/// `name` with letters left out, doubled, changed over or hit beside.
fn mistyped(name: &str, slips: usize, random: &mut fastrand::Rng) -> String {
    let mut letters: Vec<char> = name.to_lowercase().chars().collect();
    for _ in 0..slips {
        if letters.len() < 4 {
            break;
        }
        let at = 1 + random.usize(..letters.len() - 2);
        match random.u8(..4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, letters[at]),
            2 => letters.swap(at, at + 1),
            _ => letters[at] = beside(letters[at]),
        }
    }
    letters.into_iter().collect()
}

/// The key beside, on the common Latin keyboard.
fn beside(letter: char) -> char {
    const ROWS: &str = "qwertyuiop asdfghjkl zxcvbnm ";
    ROWS.find(letter).and_then(|at| ROWS[at + 1..].chars().next()).filter(|c| *c != ' ').unwrap_or('o')
}
