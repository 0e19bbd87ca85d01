//! The search: from the surest way to the boldest.

use sixpotify_core::fold;

use crate::aliases::KnownAliases;
use crate::answer::{Answer, How, Verdict};
use crate::decide::Hits;
use crate::index::{Index, Kind, MOST_LOOSE, letters};
use crate::loose::loose;
use crate::names::{bracketed, is_decoration, is_latin, means_another, words};
use crate::{hangul, named, near, sound, spelt};

/// Longer queries are folded and looked up as far as this, in bytes; beyond it nobody means a name.
const MOST_BYTES: usize = 4096;

/// Words of a query among which a name is looked for.
const MOST_WORDS: usize = 12;

/// A text that is asked for, under the keys by which names are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Query<'a> {
    /// As given, without blanks around it.
    pub(crate) text: &'a str,
    /// Folded.
    pub(crate) key: String,
    /// Folded words.
    pub(crate) words: Vec<String>,
    /// The letters of the folded name as they are typed.
    pub(crate) letters: Vec<char>,
    /// Whether it is in a script that is compared with Latin names by its sound.
    pub(crate) transliterated: bool,
}

impl<'a> Query<'a> {
    fn new(text: &'a str, key: String) -> Self {
        let transliterated = sound::is_transliterated(text);
        Self { text, letters: letters(&key), words: words(text), transliterated, key }
    }
}

impl Index {
    /// What `text` means, by the names in this index.
    ///
    /// Ids and links are not looked at: they are not names. Answers in bounded time, whatever the text.
    pub fn find(&self, text: &str) -> Answer {
        let text = text.trim();
        if text.len() > MOST_BYTES {
            return Answer::nothing(format!("the text has {} bytes: too long for a name", text.len()));
        }
        let key = fold(text);
        if key.is_empty() {
            return Answer::nothing("there is nothing in the text that a name can be made of");
        }
        let mut steps = vec![format!("folded: `{key}`")];
        if let Some(answer) = self.by_name(text, &key, &mut steps) {
            return answer;
        }
        if key.chars().count() > MOST_LOOSE {
            steps.push("too long to be mistyped".to_owned());
            return Answer { steps, ..Answer::nothing("") };
        }
        let mut query = Query::new(text, key);
        let mut hits = Hits::default();
        self.rewritten(&query, &mut hits, &mut steps);
        steps.push(format!("rewritten in sure ways: {} candidates", hits.len()));
        let answer = hits.by_likeness(self, steps.clone());
        if matches!(answer.verdict, Verdict::Found(_)) {
            return answer;
        }
        if let Some(known) = KnownAliases::get().meant_by(&query.key) {
            // `비욘세` is Beyoncé's, `Гуф` and `Guf` are one: who is not in the catalogue is nobody who only sounds like that.
            steps.push(format!("a name of `{}`, who is looked for", known.name));
            for name in known.aliases.iter().map(|alias| alias.name).chain([known.name]) {
                self.rewritten(&Query::new(name, fold(name)), &mut hits, &mut steps);
            }
            if !sound::is_transliterated(known.name) {
                query = Query::new(known.name, fold(known.name));
            }
        } else {
            near::by_sound(self, &query, &mut hits);
            steps.push(format!("by sound: {} candidates", hits.len()));
        }
        near::by_typing(self, &query, &mut hits);
        steps.push(format!("by slips of the keyboard: {} candidates", hits.len()));
        near::by_part(self, &query, &mut hits);
        steps.push(format!("by a part of the name: {} candidates", hits.len()));
        hits.by_likeness(self, steps)
    }

    /// Artists of that name, or else that alias.
    fn by_name(&self, text: &str, key: &str, steps: &mut Vec<String>) -> Option<Answer> {
        let mut hits = Hits::default();
        for (number, form) in self.with_key(key) {
            let alias = match form.kind {
                Kind::Name => false,
                Kind::Alias => true,
                Kind::Part | Kind::Kin | Kind::Shared => continue,
            };
            let (how, score) = named::score(text, self.raw(form), alias);
            hits.add(form.artist, number, how, score);
        }
        steps.push(format!("by name and alias: {} candidates", hits.len()));
        hits.by_name(self, steps.clone())
    }

    /// Other ways to write the same.
    fn rewritten(&self, query: &Query<'_>, hits: &mut Hits, steps: &mut Vec<String>) {
        for (number, form) in self.with_key(&query.key) {
            let how = if form.kind == Kind::Part { How::Part } else { How::Alias };
            hits.add(form.artist, number, how, 0.95 - form.kind.doubt());
        }
        let key = loose(&query.words);
        if key.chars().count() > 3 {
            steps.push(format!("loose key: `{key}`"));
            for (number, form) in self.with_loose(&key) {
                if loose(&words(self.raw(form))) == key {
                    hits.add(form.artist, number, How::Loose, 0.93 - form.kind.doubt());
                }
            }
        }
        if let ([word], Some(rest)) = (&query.words[..], query.key.strip_prefix("the")) {
            steps.push(format!("without the article: `{rest}` of `{word}`"));
            self.exactly(rest, How::Loose, 0.92, hits);
        }
        self.in_another_order(query, hits);
        self.decorated(query, hits);
        for word in query.words.concat().split(' ').filter(|_| query.transliterated) {
            for spelt in spelt::letters(word) {
                steps.push(format!("spelt out: `{spelt}`"));
                self.exactly(&spelt, How::Spelt, 0.92, hits);
            }
        }
        self.other_keyboard(query, hits, steps);
    }

    /// Hits of those whose folded name or alias is `key`.
    fn exactly(&self, key: &str, how: How, score: f32, hits: &mut Hits) {
        for (number, form) in self.with_key(key) {
            hits.add(form.artist, number, how, score - form.kind.doubt());
        }
    }

    /// `Mingus, Charles`; `Utada Hikaru`.
    fn in_another_order(&self, query: &Query<'_>, hits: &mut Hits) {
        if let Some((last, first)) = query.text.split_once(',').filter(|(_, first)| !first.contains(',')) {
            self.exactly(&fold(&format!("{first} {last}")), How::Order, 0.93, hits);
        }
        if let [first, second] = &query.words[..]
            && first != second
            && first.chars().count() + second.chars().count() > 5
        {
            self.exactly(&format!("{second}{first}"), How::Order, 0.9, hits);
        }
    }

    /// A name with something around it, by whole words only.
    fn decorated(&self, query: &Query<'_>, hits: &mut Hits) {
        if let Some((outside, inside)) = bracketed(query.text) {
            let same_script = is_latin(outside) == is_latin(inside);
            let plain = words(inside).iter().all(|word| is_decoration(word));
            let score = if plain || !same_script { 0.9 } else { 0.6 };
            self.exactly(&fold(outside), How::Decorated, score, hits);
        }
        let all = &query.words;
        if all.len() < 2 || all.len() > MOST_WORDS {
            return;
        }
        for from in 0..all.len() {
            for to in from + 1..=all.len() {
                if to - from == all.len() {
                    continue;
                }
                if let Some(score) = decoration(&all[..from], &all[from..to], &all[to..]) {
                    let from = from + usize::from(to - from > 1 && all[from] == "the");
                    self.exactly(&all[from..to].concat(), How::Decorated, score, hits);
                }
            }
        }
        // `Armand Van Helden's Sampleslaya`.
        let Some((owner, _)) = query.text.split_once("'s ").or_else(|| query.text.split_once("’s ")) else { return };
        if owner.trim().contains(' ') {
            self.exactly(&fold(owner), How::Decorated, 0.8, hits);
        }
    }

    /// Latin typed as Hangul, and Hangul as Latin.
    fn other_keyboard(&self, query: &Query<'_>, hits: &mut Hits, steps: &mut Vec<String>) {
        let single_letters = query.text.chars().any(|c| matches!(c, '\u{3131}'..='\u{3163}'));
        let typed = hangul::keys_of(query.text).map(|keys| (fold(&keys), single_letters));
        let meant = query.text.is_ascii().then(|| hangul::from_keys(query.text)).flatten();
        let syllables = meant.filter(|hangul| hangul.chars().count() > 1).map(|hangul| (fold(&hangul), true));
        for (key, sure) in [typed, syllables].into_iter().flatten() {
            let mut letters = key.chars();
            let first = letters.next();
            let laughter = letters.all(|c| Some(c) == first);
            let enough = if key.is_ascii() { if sure { 3 } else { 5 } } else { 2 };
            if !laughter && key.chars().count() >= enough {
                steps.push(format!("with another keyboard: `{key}`"));
                self.exactly(&key, How::Keyboard, 0.92, hits);
            }
        }
    }
}

/// How sure it is that `core` is meant where these words stand around it; `None` where it is not.
fn decoration(before: &[String], core: &[String], behind: &[String]) -> Option<f32> {
    let letters: usize = core.iter().map(|word| word.chars().count()).sum();
    let mut around = before.iter().chain(behind);
    if around.clone().all(|word| is_decoration(word)) && letters > 1 {
        return Some(0.9);
    }
    if around.any(|word| means_another(word)) {
        return None;
    }
    if before.is_empty() {
        match (behind.first().map(String::as_str), behind.get(1).map(String::as_str)) {
            (Some("feat" | "f"), Some(_)) if letters > 3 => return Some(0.88),
            (Some("and"), Some("the" | "his" | "her")) if core.len() > 1 && behind.len() > 2 => return Some(0.82),
            _ => {}
        }
    }
    // Somebody's name said in full, with a word or two more. `Chamber Orchestra` is nobody's: there is one in every town.
    if core.iter().any(|word| means_another(word)) {
        return None;
    }
    let said_in_full = core.iter().filter(|word| *word != "the").count() > 1
        && letters > 9
        && core.len() >= before.len() + behind.len();
    (said_in_full && before.len() + behind.len() <= 2 && (before.is_empty() || behind.is_empty())).then_some(0.74)
}
