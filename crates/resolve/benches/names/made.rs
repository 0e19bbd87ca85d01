//! Names made of syllables, each written in Latin and in Hangul, and queries for them as people mistype them.

/// How a syllable is written in Latin and in Hangul.
const SYLLABLES: &[(&str, &str)] = &[
    ("ba", "바"),
    ("be", "베"),
    ("bo", "보"),
    ("da", "다"),
    ("de", "데"),
    ("do", "도"),
    ("ga", "가"),
    ("go", "고"),
    ("ka", "카"),
    ("ke", "케"),
    ("ki", "키"),
    ("ko", "코"),
    ("la", "라"),
    ("le", "레"),
    ("li", "리"),
    ("lo", "로"),
    ("lu", "루"),
    ("ma", "마"),
    ("me", "메"),
    ("mi", "미"),
    ("mo", "모"),
    ("mu", "무"),
    ("na", "나"),
    ("ne", "네"),
    ("ni", "니"),
    ("no", "노"),
    ("pa", "파"),
    ("pe", "페"),
    ("pi", "피"),
    ("po", "포"),
    ("sa", "사"),
    ("se", "세"),
    ("si", "시"),
    ("so", "소"),
    ("ta", "타"),
    ("te", "테"),
    ("ti", "티"),
    ("to", "토"),
    ("tu", "투"),
    ("va", "바"),
    ("vi", "비"),
    ("za", "자"),
    ("zo", "조"),
    ("kan", "칸"),
    ("ron", "론"),
    ("lin", "린"),
    ("man", "만"),
    ("mel", "멜"),
    ("nor", "노르"),
    ("pol", "폴"),
    ("san", "산"),
    ("ten", "텐"),
    ("tan", "탄"),
    ("vin", "빈"),
];

/// Words that many names share.
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
    /// Names of the artist that is meant; none: nobody is.
    pub(crate) meant: Vec<String>,
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
        let mut random = fastrand::Rng::with_seed(11);
        let artists: Vec<Artist> = (0..count).map(|_| artist(&mut random)).collect();
        let pick = |random: &mut fastrand::Rng| random.usize(..artists.len());
        let exact = (0..queries).map(|n| {
            let artist = &artists[pick(&mut random)];
            let text = artist.aliases.first().filter(|_| n % 3 == 0).unwrap_or(&artist.name);
            Query { text: text.to_lowercase(), meant: vec![artist.name.clone()] }
        });
        let exact = exact.collect();
        let typos = (0..queries).map(|n| {
            let artist = &artists[pick(&mut random)];
            let slips = if artist.name.len() > 9 { 1 + n % 2 } else { 1 };
            Query { text: mistyped(&artist.name, slips, &mut random), meant: vec![artist.name.clone()] }
        });
        let typos = typos.collect();
        let sounds = (0..queries).map(|_| {
            let artist = &artists[pick(&mut random)];
            Query { text: artist.hangul.clone(), meant: vec![artist.name.clone()] }
        });
        let sounds = sounds.collect();
        let strangers = (0..queries).map(|_| Query { text: artist(&mut random).name, meant: Vec::new() });
        let strangers = strangers.collect();
        Self { artists, exact, typos, sounds, strangers }
    }

    /// Aliases of all artists.
    pub(crate) fn aliases(&self) -> usize {
        self.artists.iter().map(|artist| artist.aliases.len()).sum()
    }
}

fn artist(random: &mut fastrand::Rng) -> Artist {
    let (mut name, mut hangul) = (String::new(), String::new());
    let mut words = 1 + random.usize(..3);
    if random.usize(..8) == 0 {
        let (latin, korean) = COMMON[random.usize(..COMMON.len())];
        name.push_str(latin);
        hangul.push_str(korean);
        words = words.max(2) - 1;
    }
    for _ in 0..words {
        let (latin, korean) = word(random);
        if !name.is_empty() {
            name.push(' ');
            hangul.push(' ');
        }
        name.push_str(&latin[..1].to_uppercase());
        name.push_str(&latin[1..]);
        hangul.push_str(&korean);
    }
    let aliases =
        if random.usize(..10) < 3 { vec![format!("{} {}", word(random).0, word(random).0)] } else { Vec::new() };
    let id: String = std::iter::repeat_with(|| random.alphanumeric()).take(22).collect();
    Artist { id, name, followers: random.u64(..1_000_000), aliases, hangul }
}

fn word(random: &mut fastrand::Rng) -> (String, String) {
    let mut word = (String::new(), String::new());
    for _ in 0..2 + random.usize(..3) {
        let (latin, korean) = SYLLABLES[random.usize(..SYLLABLES.len())];
        word.0.push_str(latin);
        word.1.push_str(korean);
    }
    word
}

/// `name` with letters left out, doubled, changed over or hit beside.
fn mistyped(name: &str, slips: usize, random: &mut fastrand::Rng) -> String {
    let mut letters: Vec<char> = name.to_lowercase().chars().collect();
    for _ in 0..slips {
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
