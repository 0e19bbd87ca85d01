//! The index: every name and alias of a catalogue in memory, under the keys by which people may ask.

mod bulk;

use sixpotify_core::{ArtistId, fold};
use unicode_normalization::UnicodeNormalization as _;

use crate::aliases::KnownAliases;
use crate::answer::{Candidate, How, Reach};
use crate::loose::loose;
use crate::names::{parts, words};
use crate::postings::{Postings, form_of, hash_text};
use crate::segments;
use crate::sound::{heard, is_transliterated, skeleton, sounds};
use crate::typo::signature;

/// Longer names and queries are found by their folded form only: nobody mistypes them.
pub(crate) const MOST_LOOSE: usize = 160;

/// An artist as it enters the index.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its id in the catalogue.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// How well known it is.
    pub reach: Reach,
    /// Its other names.
    pub aliases: &'a [&'a str],
}

/// What a form of a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The artist's name.
    Name,
    /// Another name of it.
    Alias,
    /// A part of the name that is a name.
    Part,
    /// What the built-in table calls an artist whose alias is this one's name.
    Kin,
    /// Another name of it that others have, too.
    Shared,
}

impl Kind {
    /// How much less sure a find by such a form is.
    pub(crate) fn doubt(self) -> f32 {
        match self {
            Self::Name => 0.0,
            Self::Alias => 0.01,
            Self::Part => 0.02,
            // The one whose name this is may be another artist in the same catalogue.
            Self::Kin => 0.1,
            Self::Shared => 0.27,
        }
    }
}

/// One name by which an artist is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) artist: u32,
    key: u32,
    raw: u32,
    key_len: u16,
    raw_len: u16,
    pub(crate) kind: Kind,
    signature: u64,
}

/// A way in which a form may sound. Kept, because a short skeleton is shared by thousands that must be compared.
#[derive(Clone, Copy, Debug)]
struct Spoken {
    form: u32,
    at: u32,
    len: u16,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    id: u32,
    id_len: u16,
    /// Number of its forms, from `first` on; none: it was removed.
    forms: u16,
    /// How many of them came with the entry; the others follow from these and from the table.
    given: u16,
    first: u32,
    popularity: u8,
    followers: u64,
}

const NO_POPULARITY: u8 = u8::MAX;
const NO_FOLLOWERS: u64 = u64::MAX;

const EXACT: u32 = 1;
const LOOSE: u32 = 2;
const SOUND: u32 = 3;
const WORD: u32 = 4;
const ID: u32 = 5;
const HEARD: u32 = 6;
const FOREIGN: u32 = 7;

/// All names of a catalogue, for [`Self::find`]. About 250 bytes an artist.
#[derive(Clone, Debug, Default)]
pub struct Index {
    text: Vec<u8>,
    pub(crate) forms: Vec<Form>,
    rows: Vec<Row>,
    spoken: Vec<Spoken>,
    ids: Postings,
    exact: Postings,
    loose: Postings,
    sound: Postings,
    words: Postings,
    pieces: Postings,
    /// Signatures in the order of the settled `pieces`.
    marks: Vec<u64>,
    live: usize,
}

impl Index {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an artist, or replaces what is known of it.
    pub fn insert(&mut self, entry: &Entry<'_>) {
        self.remove(entry.id);
        self.enter(entry, Postings::add);
        self.mark();
    }

    /// Removes an artist; false where it was not there. Its memory comes back when the index is built anew, see
    /// [`Self::is_worn`].
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(at) = self.row_of(id) else { return false };
        self.rows[at as usize].forms = 0;
        self.live -= 1;
        true
    }

    /// Artists in the index.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether so much was replaced that building the index anew is worth it.
    pub fn is_worn(&self) -> bool {
        self.rows.len() > 1000 && self.rows.len() > 2 * self.live
    }

    /// Bytes of memory that it takes.
    pub fn memory(&self) -> usize {
        let lists = [&self.ids, &self.exact, &self.loose, &self.sound, &self.words, &self.pieces];
        self.text.capacity()
            + self.forms.capacity() * size_of::<Form>()
            + self.rows.capacity() * size_of::<Row>()
            + self.spoken.capacity() * size_of::<Spoken>()
            + self.marks.capacity() * size_of::<u64>()
            + lists.iter().map(|list| list.bytes()).sum::<usize>()
    }

    fn postings(&mut self) -> [&mut Postings; 6] {
        [&mut self.ids, &mut self.exact, &mut self.loose, &mut self.sound, &mut self.words, &mut self.pieces]
    }

    fn enter(&mut self, entry: &Entry<'_>, add: fn(&mut Postings, u32, u32)) {
        let (Ok(artist), Ok(first)) = (u32::try_from(self.rows.len()), u32::try_from(self.forms.len())) else { return };
        let Some((id, id_len)) = self.keep(entry.id) else { return };
        let mut keys: Vec<String> = Vec::new();
        let mut form = |index: &mut Self, name: &str, kind: Kind| {
            let key = fold(name);
            let new = !key.is_empty() && !keys.contains(&key);
            if new && index.enter_form(artist, name, &key, kind, add).is_some() {
                keys.push(key);
            }
        };
        form(self, entry.name, Kind::Name);
        if self.forms.len() == first as usize {
            return;
        }
        entry.aliases.iter().for_each(|alias| form(self, alias, Kind::Alias));
        let given = u16::try_from(self.forms.len() - first as usize).unwrap_or(u16::MAX);
        let key = self.key(&self.forms[first as usize]).to_owned();
        known_names(&key, |name, kind| form(self, name, kind));
        parts(entry.name).into_iter().for_each(|part| form(self, part, Kind::Part));
        let forms = u16::try_from(self.forms.len() - first as usize).unwrap_or(u16::MAX);
        let popularity = entry.reach.popularity.and_then(|p| u8::try_from(p.min(100)).ok()).unwrap_or(NO_POPULARITY);
        let followers = entry.reach.followers.unwrap_or(NO_FOLLOWERS);
        self.rows.push(Row { id, id_len, forms, given, first, popularity, followers });
        self.live += 1;
        add(&mut self.ids, hash_text(ID, entry.id), artist);
    }

    fn enter_form(
        &mut self,
        artist: u32,
        name: &str,
        key: &str,
        kind: Kind,
        add: fn(&mut Postings, u32, u32),
    ) -> Option<()> {
        let number = u32::try_from(self.forms.len()).ok()?;
        let (raw, raw_len) = self.keep(name)?;
        let (at, key_len) = if key == name { (raw, raw_len) } else { self.keep(key)? };
        let letters = letters(key);
        let signature = signature(&letters);
        self.forms.push(Form { artist, key: at, raw, key_len, raw_len, kind, signature });
        add(&mut self.exact, hash_text(EXACT, key), number);
        if letters.len() > MOST_LOOSE || kind == Kind::Shared {
            return Some(());
        }
        let words = words(name);
        add(&mut self.loose, hash_text(LOOSE, &loose(&words)), number);
        segments::stored(&letters).for_each(|hash| add(&mut self.pieces, hash, number));
        let foreign = is_transliterated(name);
        // An alias in another script has its model in the same catalogue, which is typed as it is.
        let compared = !foreign || matches!(kind, Kind::Name | Kind::Part);
        for sound in if compared { sounds(&words) } else { Vec::new() } {
            let (at, len) = self.keep(&sound)?;
            let spoken = u32::try_from(self.spoken.len()).ok()?;
            self.spoken.push(Spoken { form: number, at, len });
            for skeleton in skeletons(&[sound]) {
                add(&mut self.sound, sound_hash(&skeleton, foreign), spoken);
            }
        }
        if let Some(heard) = heard(&words) {
            add(&mut self.loose, hash_text(HEARD, &heard), number);
        }
        if kind == Kind::Name {
            words.iter().for_each(|word| add(&mut self.words, hash_text(WORD, word), number));
        }
        Some(())
    }

    /// Keeps a text; `None` where it is too long to be a name, or the index is full.
    fn keep(&mut self, text: &str) -> Option<(u32, u16)> {
        let (at, len) = (u32::try_from(self.text.len()).ok()?, u16::try_from(text.len()).ok()?);
        self.text.extend_from_slice(text.as_bytes());
        Some((at, len))
    }

    fn text(&self, at: u32, len: u16) -> &str {
        let at = at as usize;
        std::str::from_utf8(&self.text[at..at + usize::from(len)]).unwrap_or_default()
    }

    /// The artist with this id, as a candidate.
    pub fn get(&self, id: &str) -> Option<Candidate> {
        let row = self.row_of(id)?;
        let (id, name) = (ArtistId::from_stored(self.id(row)), self.name(row).to_owned());
        Some(Candidate { id, how: How::Id, score: 1.0, matched: name.clone(), name, reach: self.reach(row) })
    }

    /// Whether an artist is there just as `entry` says.
    pub fn has(&self, entry: &Entry<'_>) -> bool {
        let Some(row) = self.row_of(entry.id).filter(|row| self.reach(*row) == entry.reach) else { return false };
        let row = &self.rows[row as usize];
        let first = row.first as usize;
        let own = &self.forms[first..first + usize::from(row.given)];
        let mut given: Vec<String> = Vec::new();
        for key in std::iter::once(&entry.name).chain(entry.aliases).map(|name| fold(name)) {
            if !key.is_empty() && !given.contains(&key) {
                given.push(key);
            }
        }
        let same_name = own.first().is_some_and(|form| self.raw(form) == entry.name);
        same_name && own.len() == given.len() && own.iter().zip(&given).all(|(form, key)| self.key(form) == key)
    }

    fn row_of(&self, id: &str) -> Option<u32> {
        let is_it = |&row: &u32| self.is_live(row) && self.id(row) == id;
        self.ids.get(hash_text(ID, id)).find(is_it)
    }

    pub(crate) fn is_live(&self, row: u32) -> bool {
        self.rows.get(row as usize).is_some_and(|row| row.forms > 0)
    }

    pub(crate) fn id(&self, row: u32) -> &str {
        let row = &self.rows[row as usize];
        self.text(row.id, row.id_len)
    }

    pub(crate) fn name(&self, row: u32) -> &str {
        self.raw(&self.forms[self.rows[row as usize].first as usize])
    }

    pub(crate) fn reach(&self, row: u32) -> Reach {
        let row = &self.rows[row as usize];
        Reach {
            followers: (row.followers != NO_FOLLOWERS).then_some(row.followers),
            popularity: (row.popularity != NO_POPULARITY).then_some(u32::from(row.popularity)),
        }
    }

    pub(crate) fn key(&self, form: &Form) -> &str {
        self.text(form.key, form.key_len)
    }

    pub(crate) fn raw(&self, form: &Form) -> &str {
        self.text(form.raw, form.raw_len)
    }

    fn live_forms(&self, numbers: impl Iterator<Item = u32>) -> impl Iterator<Item = (u32, &Form)> {
        numbers.filter_map(|n| Some((n, self.forms.get(n as usize)?))).filter(|(_, form)| self.is_live(form.artist))
    }

    /// Forms with this folded name.
    pub(crate) fn with_key<'a>(&'a self, key: &'a str) -> impl Iterator<Item = (u32, &'a Form)> {
        self.live_forms(self.exact.get(hash_text(EXACT, key))).filter(move |(_, form)| self.key(form) == key)
    }

    /// Forms with this loose key, or with another one of the same hash.
    pub(crate) fn with_loose(&self, key: &str) -> impl Iterator<Item = (u32, &Form)> {
        self.live_forms(self.loose.get(hash_text(LOOSE, key)))
    }

    /// Forms that sound so, or otherwise with the same hash; `foreign`: of those in a script that is compared by its sound
    /// with Latin names, else of the others.
    pub(crate) fn with_skeleton(&self, skeleton: &[u8], foreign: bool) -> impl Iterator<Item = (u32, &Form, &str)> {
        let spoken = self.sound.get(sound_hash(skeleton, foreign)).filter_map(|n| self.spoken.get(n as usize));
        let form = |s: &Spoken| Some((s.form, self.forms.get(s.form as usize)?, self.text(s.at, s.len)));
        spoken.filter_map(form).filter(|(_, form, _)| self.is_live(form.artist))
    }

    /// Forms that are heard so, or otherwise with the same hash.
    pub(crate) fn with_heard(&self, key: &str) -> impl Iterator<Item = (u32, &Form)> {
        self.live_forms(self.loose.get(hash_text(HEARD, key)))
    }

    /// Whether `word` is one that names are made of, so that it is hardly a slip.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        let enough = 2 + self.live / 50_000;
        self.words.get(hash_text(WORD, word)).take(enough).count() == enough
    }

    /// Names with this word, or with another one of the same hash.
    pub(crate) fn with_word(&self, word: &str) -> impl Iterator<Item = (u32, &Form)> {
        self.live_forms(self.words.get(hash_text(WORD, word)))
    }

    /// Calls `visit` with the forms, removed ones included, that have a piece of this hash, and with their signatures.
    pub(crate) fn with_piece(&self, hash: u32, mut visit: impl FnMut(u32, u64)) {
        let (settled, fresh) = self.pieces.places(hash);
        for (place, &mark) in settled.clone().zip(&self.marks[settled]) {
            visit(self.pieces.form_at(place), mark);
        }
        for number in fresh.iter().map(|&pair| form_of(pair)) {
            if let Some(form) = self.forms.get(number as usize) {
                visit(number, form.signature);
            }
        }
    }

    /// The folded name of a form, as bytes.
    pub(crate) fn key_bytes(&self, form: &Form) -> &[u8] {
        let at = form.key as usize;
        &self.text[at..at + usize::from(form.key_len)]
    }
}

/// What the built-in table calls an artist of this folded name.
fn known_names(key: &str, mut form: impl FnMut(&str, Kind)) {
    for known in KnownAliases::get().of_key(key) {
        if fold(known.name) == key {
            known.aliases.iter().for_each(|a| form(a.name, if a.shared { Kind::Shared } else { Kind::Alias }));
        } else if (key.chars().count() > 4 || !key.is_ascii())
            && known.aliases.iter().any(|a| !a.shared && fold(a.name) == key)
        {
            // A short alias, or one that several share, may be the whole name of somebody else.
            form(known.name, Kind::Kin);
            known.aliases.iter().filter(|a| !a.shared).for_each(|a| form(a.name, Kind::Kin));
        }
    }
}

/// The letters of a folded name as they are typed: syllables of Hangul by their parts.
pub(crate) fn letters(key: &str) -> Vec<char> {
    if key.is_ascii() { key.chars().collect() } else { key.nfd().collect() }
}

/// The skeletons of sounds, each once.
pub(crate) fn skeletons(sounds: &[String]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for skeleton in sounds.iter().flat_map(|sound| [skeleton(sound, true), skeleton(sound, false)]) {
        if !skeleton.is_empty() && !all.contains(&skeleton) {
            all.push(skeleton);
        }
    }
    all
}

fn sound_hash(skeleton: &[u8], foreign: bool) -> u32 {
    crate::postings::hash(if foreign { FOREIGN } else { SOUND }, skeleton.iter().map(|&b| u32::from(b)))
}
