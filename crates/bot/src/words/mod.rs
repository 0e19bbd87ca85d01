//! All that the bot says, in one place.
//!
//! Names and titles stand in typographic quotes where they are part of a sentence; Korean particles follow their sound
//! ([`particle`]). No platform's markup.

pub(crate) mod particle;
mod reasons;

use chrono::TimeDelta;
use sixpotify_core::Source;
use sixpotify_similar::Reason;

use self::particle::{Particle, with};
use crate::incoming::Attachment;
use crate::language::Language;

/// The wording of a language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(pub(crate) Language);

/// How much of what somebody typed is said back to them, in characters.
const ECHO: usize = 60;

/// Genres on a card.
const GENRES: usize = 3;

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $ko:literal;)+) => {
        /// Sentences without anything to fill in.
        impl Words {
            $($(#[$doc])* pub(crate) fn $name(self) -> &'static str {
                match self.0 { Language::English => $en, Language::Korean => $ko }
            })+
        }
    };
}

fixed! {
    hello:
        "Hi! Send me an artist or a song, in any script, and I'll tell you who to hear next.",
        "안녕하세요! 가수나 노래 이름을 보내 주시면 이어서 들을 만한 음악을 찾아 드려요.";
    help:
        "Here is what you can send:\n• an artist: aespa, 에스파, SHINee\n• a song: Dynamite BTS, or songs like Blinding Lights\n• up to three artists at once, separated by commas\n• a link to an artist or a song on Spotify, Deezer or MusicBrainz\n\nTyping mistakes are fine. “한국어” switches to Korean, “privacy” says what I keep, “delete my data” deletes it.",
        "이렇게 보내 보세요:\n• 가수: 에스파, aespa, 샤이니\n• 노래: Dynamite BTS, 또는 Blinding Lights 같은 노래\n• 쉼표로 나눈 가수 세 명까지\n• Spotify, Deezer, MusicBrainz의 가수나 노래 링크\n\n오타가 있어도 괜찮아요. “English please”라고 하면 영어로 말하고, “개인정보”는 무엇을 보관하는지, “내 데이터 삭제”는 보관한 것을 지워요.";
    thanks:
        "You're welcome! Who's next?",
        "천만에요! 다음은 누구를 들어 볼까요?";
    pleased:
        "Glad to hear that! Who's next?",
        "좋아요! 다음은 누구를 들어 볼까요?";
    sad:
        "I'm sorry. Sometimes music helps: who would you like to hear?",
        "속상하시겠어요. 이럴 땐 음악이 힘이 되기도 하죠. 누구를 들어 볼까요?";
    rude:
        "Sorry, I'd like to do better. Send me a name or a link, and I'll try again.",
        "마음에 안 드셨다면 죄송해요. 가수나 노래 이름을 보내 주시면 다시 찾아볼게요.";
    how_are_you:
        "Very well, thanks, my head is full of music. Who would you like to hear?",
        "덕분에 잘 지내요. 온통 음악 생각뿐이에요. 누구를 들어 볼까요?";
    who:
        "I'm Sixpotify, a bot that knows music: name an artist or a song, and I'll tell you who to hear next, and why.",
        "저는 음악을 아는 봇, Sixpotify예요. 가수나 노래를 알려 주시면 이어서 들을 만한 음악을 이유와 함께 알려 드려요.";
    languages:
        "I speak English and Korean. Which one?",
        "저는 한국어와 영어를 해요. 어느 쪽이 좋으세요?";
    no_then:
        "All right. Who would you like to hear instead?",
        "알겠어요. 그럼 누구를 들어 볼까요?";
    which_one:
        "Which one, then? Tap it or send its number.",
        "그럼 어느 쪽인가요? 누르거나 번호를 보내 주세요.";
    not_that:
        "Not that one, then. Send me the full name or a link, and I'll look again.",
        "다른 분이었군요. 이름을 정확히 보내 주시거나 링크를 보내 주시면 다시 찾아볼게요.";
    nothing_numbered:
        "There's no list to choose from yet. Send me an artist or a song.",
        "아직 고를 목록이 없어요. 가수나 노래 이름을 보내 주세요.";
    bye:
        "Bye! Come back when you need something new to hear.",
        "안녕히 가세요! 새로운 음악이 듣고 싶을 때 또 오세요.";
    signs:
        "I like that, but I can't hear what it says. Send me the name of an artist or a song.",
        "마음에 들지만 무슨 뜻인지는 모르겠어요. 가수나 노래 이름을 글자로 보내 주세요.";
    empty:
        "There was nothing in that message. Send me the name of an artist or a song.",
        "메시지가 비어 있어요. 가수나 노래 이름을 보내 주세요.";
    too_long:
        "That's a lot of text. Send me just the name of an artist or a song, or up to three artists separated by commas.",
        "글이 너무 길어요. 가수나 노래 이름만, 또는 쉼표로 나눈 가수 세 명까지 보내 주세요.";
    only_three:
        "I take three at a time; send me the others next.",
        "한 번에 세 명까지 찾아요. 나머지는 다음 메시지로 보내 주세요.";
    what_next:
        "Name somebody you like, and I'll go on from there.",
        "좋아하는 가수를 알려 주세요. 거기서부터 찾아 드릴게요.";
    no_more:
        "That's all I have.",
        "이게 전부예요.";
    nothing_before:
        "There's nothing to go back to.",
        "돌아갈 곳이 없어요.";
    choice_gone:
        "I don't know any more what that button meant. Send me the name instead.",
        "그 버튼이 무엇이었는지 이제 알 수 없어요. 이름을 직접 보내 주세요.";
    gone:
        "That one isn't in my catalogue any more.",
        "이제 제 목록에 없어요.";
    other_link:
        "I read links to artists and songs on Spotify, Deezer and MusicBrainz. For anything else, send me the name.",
        "Spotify, Deezer, MusicBrainz의 가수와 노래 링크를 읽을 수 있어요. 다른 것은 이름을 보내 주세요.";
    privacy:
        "What I keep: your language, the artists you looked at last, and a question that waits for your answer, so that the conversation can go on; all of it for 90 days after your last message. Your messages are deleted once they are answered; that one arrived is remembered for 7 days, so that none is answered twice. A name that I had to look up is counted for an hour. Nothing is sold or used for advertising. “delete my data” deletes everything at once.",
        "보관하는 것: 대화를 이어 가기 위한 언어, 최근에 본 가수, 답을 기다리는 질문(마지막 메시지 뒤 90일 동안). 메시지 내용은 답하고 나면 지우고, 같은 메시지에 두 번 답하지 않도록 도착했다는 사실만 7일 동안 기억해요. 새로 찾아본 이름은 한 시간 동안 세어 둬요. 팔거나 광고에 쓰지 않아요. “내 데이터 삭제”라고 하면 바로 모두 지워요.";
    ask_delete:
        "Shall I delete everything that I keep of you?",
        "보관한 것을 모두 지울까요?";
    deleted:
        "Done: everything that I kept of you is deleted.",
        "보관하던 것을 모두 지웠어요.";
    not_deleted:
        "All right, nothing was changed.",
        "알겠어요. 아무것도 바꾸지 않았어요.";
    speaking:
        "All right, English from now on.",
        "네, 이제부터 한국어로 말할게요.";
    share_used:
        "I have looked up as many new names today as I may. Artists that I know already still work.",
        "오늘 새로 찾아볼 수 있는 만큼 다 찾아봤어요. 이미 아는 가수는 계속 보여 드릴 수 있어요.";
    sorry:
        "Something went wrong on my side. Please send that again in a minute.",
        "제 쪽에 문제가 생겼어요. 잠시 뒤에 다시 보내 주세요.";
    try_these:
        "For instance:",
        "예를 들면:";
    hear_next: "Hear next", "이어서 듣기";
    top_songs: "Top songs", "인기곡";
    this_song: "The song", "이 노래";
    // Buttons: at most 20 units of UTF-16.
    button_similar: "Similar artists", "비슷한 가수";
    button_songs: "Songs", "노래";
    button_more: "More", "더 보기";
    button_back: "Back", "뒤로";
    button_none: "None of these", "여기 없어요";
    button_delete: "Yes, delete", "네, 지워 주세요";
    button_keep: "No", "아니요";
    button_help: "Help", "도움말";
    button_other_language: "한국어", "English";
    button_privacy: "Privacy", "개인정보";
    command_start: "begin", "시작하기";
    command_similar: "similar artists: /similar aespa", "비슷한 가수: /similar 에스파";
    command_songs: "songs of an artist: /songs aespa", "가수의 노래: /songs 에스파";
    command_help: "what I can do", "할 수 있는 것";
    command_privacy: "what I keep of you", "보관하는 정보";
    command_delete: "delete what I keep of you", "보관한 정보 지우기";
}

/// Sentences about something.
impl Words {
    pub(crate) fn attachment(self, kind: Attachment) -> &'static str {
        match (self.0, kind) {
            (Language::English, Attachment::Sticker) => "Nice one! Now send me an artist or a song by name.",
            (Language::Korean, Attachment::Sticker) => "귀엽네요! 이제 가수나 노래 이름을 보내 주세요.",
            (Language::English, Attachment::Voice) => {
                "I can't listen to recordings. Type the artist or the song, please."
            }
            (Language::Korean, Attachment::Voice) => "음성은 들을 수 없어요. 가수나 노래 이름을 글자로 보내 주세요.",
            (Language::English, Attachment::Picture | Attachment::Video) => {
                "I can't look at pictures. Type the artist or the song, please."
            }
            (Language::Korean, Attachment::Picture | Attachment::Video) => {
                "사진이나 영상은 볼 수 없어요. 가수나 노래 이름을 글자로 보내 주세요."
            }
            (Language::English, Attachment::Location | Attachment::Other) => {
                "I only understand text. Type the artist or the song, please."
            }
            (Language::Korean, Attachment::Location | Attachment::Other) => {
                "저는 글자만 이해해요. 가수나 노래 이름을 글자로 보내 주세요."
            }
        }
    }

    pub(crate) fn looking_up(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("{name} is new to me. I'm looking it up and will tell you in a moment."),
            Language::Korean => {
                format!("{} 처음 들어 봐요. 찾아보고 곧 알려 드릴게요.", with(name, Particle::Topic))
            }
        }
    }

    pub(crate) fn gave_up(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("{name}: the sources didn't answer. Send it again later, please."),
            Language::Korean => {
                format!("{} 찾는 동안 답을 받지 못했어요. 나중에 다시 보내 주세요.", with(name, Particle::Object))
            }
        }
    }

    pub(crate) fn not_found(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("I couldn't find {name} anywhere. Is it spelt right? A link works, too."),
            Language::Korean => {
                format!("{} 어디에서도 찾지 못했어요. 철자가 맞나요? 링크를 보내도 돼요.", with(name, Particle::Object))
            }
        }
    }

    pub(crate) fn link_not_found(self) -> &'static str {
        match self.0 {
            Language::English => "I couldn't find what that link leads to. Send me the name instead.",
            Language::Korean => "링크가 가리키는 것을 찾지 못했어요. 이름을 보내 주세요.",
        }
    }

    pub(crate) fn blocked(self, name: &str, wait: Option<TimeDelta>, promised: bool) -> String {
        match (self.0, wait.map(|wait| self.wait(wait))) {
            (Language::English, when) => {
                let when = when.map_or_else(|| "for now".to_owned(), |when| format!("for the next {when}"));
                let then = if promised { "I'll tell you when I know." } else { "Please try again later." };
                format!("{name} is new to me, and the sources that I would ask take no questions {when}. {then}")
            }
            (Language::Korean, when) => {
                let when = when.map_or_else(|| "지금은".to_owned(), |when| format!("앞으로 {when} 동안"));
                let then = if promised {
                    "알게 되면 바로 알려 드릴게요."
                } else {
                    "나중에 다시 보내 주세요."
                };
                format!("{} 처음 들어 보는데, {when} 물어볼 곳이 모두 쉬고 있어요. {then}", with(name, Particle::Topic))
            }
        }
    }

    /// Names and links that cannot be looked up, as no source is set up.
    pub(crate) fn nobody_to_ask(self, name: &str) -> String {
        match self.0 {
            Language::English => {
                format!(
                    "{name} isn't in my catalogue, and here I have nobody to ask about new names. Is it spelt right?"
                )
            }
            Language::Korean => format!(
                "{} 제 목록에 없고, 여기서는 새 이름을 물어볼 곳이 없어요. 철자가 맞나요?",
                with(name, Particle::Topic)
            ),
        }
    }

    /// What is said in place of a name where only a link is known.
    pub(crate) fn that_link(self) -> &'static str {
        match self.0 {
            Language::English => "That link",
            Language::Korean => "그 링크",
        }
    }

    pub(crate) fn button_artist(self, typed: &str) -> String {
        match self.0 {
            Language::English => format!("Artist: {typed}"),
            Language::Korean => format!("가수: {typed}"),
        }
    }

    pub(crate) fn asked_enough(self, wait: TimeDelta) -> String {
        let wait = self.wait(wait);
        match self.0 {
            Language::English => format!(
                "You've asked for several new names in the last hour; I can look up the next one in {wait}. Artists that I know already still work."
            ),
            Language::Korean => format!(
                "한 시간 동안 새 이름을 여러 번 찾으셨어요. 다음 이름은 {wait} 뒤에 찾아볼 수 있어요. 이미 아는 가수는 계속 보여 드려요."
            ),
        }
    }

    /// A length of time, rounded up: `40 min`, `2 h`, `40분`.
    fn wait(self, wait: TimeDelta) -> String {
        let minutes = (wait.num_seconds().max(1) + 59) / 60;
        match (self.0, minutes) {
            (Language::English, ..=90) => format!("{minutes} min"),
            (Language::Korean, ..=90) => format!("{minutes}분"),
            (Language::English, _) => format!("{} h", (minutes + 59) / 60),
            (Language::Korean, _) => format!("{}시간", (minutes + 59) / 60),
        }
    }

    pub(crate) fn did_you_mean(self, name: &str, candidates: usize) -> String {
        let name = quoted(name);
        match (self.0, candidates) {
            (Language::English, 1) => format!("I'm not sure about {name}. Did you mean this one?"),
            (Language::English, _) => format!("I'm not sure about {name}. Did you mean one of these?"),
            (Language::Korean, 1) => {
                format!("{} 누구인지 잘 모르겠어요. 혹시 이 가수인가요?", with(&name, Particle::Subject))
            }
            (Language::Korean, _) => {
                format!("{} 누구인지 잘 모르겠어요. 이 중에 있나요?", with(&name, Particle::Subject))
            }
        }
    }

    pub(crate) fn which_song(self, title: &str) -> String {
        let title = quoted(title);
        match self.0 {
            Language::English => format!("There are several songs called {title}. Which one?"),
            Language::Korean => format!("{} 노래가 여러 곡 있어요. 어느 것인가요?", with(&title, Particle::Called)),
        }
    }

    pub(crate) fn which_of_these(self, title: &str) -> String {
        let title = quoted(title);
        match self.0 {
            Language::English => format!("I don't know a song called {title}. Did you mean one of these?"),
            Language::Korean => format!("{} 노래는 모르겠어요. 이 중에 있나요?", with(&title, Particle::Called)),
        }
    }

    pub(crate) fn took_for(self, typed: &str, name: &str) -> String {
        let (typed, name) = (quoted(typed), quoted(name));
        match self.0 {
            Language::English => format!("I took {typed} to mean {name}."),
            Language::Korean => {
                format!("{} {} 이해했어요.", with(&typed, Particle::Object), with(&name, Particle::Toward))
            }
        }
    }

    pub(crate) fn took_for_song(self, typed: &str, title: &str, artists: &str) -> String {
        let (typed, title) = (quoted(typed), quoted(title));
        match self.0 {
            Language::English => format!("I took {typed} to mean {title} by {artists}."),
            Language::Korean => {
                format!("{} {artists}의 {} 이해했어요.", with(&typed, Particle::Object), with(&title, Particle::Toward))
            }
        }
    }

    pub(crate) fn mood(self, mood: &str) -> String {
        let mood = quoted(mood);
        match self.0 {
            Language::English => {
                format!(
                    "I can't choose by {mood} alone; I go by who sounds like whom. Name an artist or a song of that kind."
                )
            }
            Language::Korean => format!(
                "{}만으로는 고를 수 없어요. 그런 음악을 하는 가수나 노래를 하나 알려 주시면 비슷한 음악을 찾아 드릴게요.",
                mood
            ),
        }
    }

    pub(crate) fn well_known_in(self, genre: &str) -> String {
        match self.0 {
            Language::English => format!("Well known for {genre}"),
            Language::Korean => format!("{genre}: 잘 알려진 가수"),
        }
    }

    pub(crate) fn besides(self, wish: &str) -> String {
        let wish = quoted(wish);
        match self.0 {
            Language::English => format!("I can't weigh {wish} yet; these come nearest."),
            Language::Korean => {
                format!("{}까지는 아직 맞춰 드릴 수 없어요. 가장 가까운 음악을 보여 드릴게요.", wish)
            }
        }
    }

    pub(crate) fn button_look_for(self, typed: &str) -> String {
        match self.0 {
            Language::English => format!("No: {typed}"),
            Language::Korean => format!("아니요: {typed}"),
        }
    }

    pub(crate) fn button_back_to(self, name: &str) -> String {
        format!("← {name}")
    }

    pub(crate) fn similar_to(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("Similar to {name}"),
            Language::Korean => format!("{} 비슷한 가수", with(name, Particle::With)),
        }
    }

    pub(crate) fn songs_of(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("Songs of {name}"),
            Language::Korean => format!("{name}의 노래"),
        }
    }

    pub(crate) fn songs_like(self, title: &str, artists: &str) -> String {
        match self.0 {
            Language::English => format!("Songs like {title} – {artists}"),
            Language::Korean => format!("{title} – {artists} 같은 노래"),
        }
    }

    pub(crate) fn no_similar(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("I don't know yet who is similar to {}.", quoted(name)),
            Language::Korean => format!("{} 비슷한 가수를 아직 몰라요.", with(&quoted(name), Particle::With)),
        }
    }

    pub(crate) fn no_songs(self, name: &str) -> String {
        match self.0 {
            Language::English => format!("I don't know any songs of {} yet.", quoted(name)),
            Language::Korean => format!("{}의 노래는 아직 몰라요.", quoted(name)),
        }
    }

    pub(crate) fn no_songs_like(self, title: &str) -> String {
        let title = quoted(title);
        match self.0 {
            Language::English => format!("I don't know yet how {title} sounds, so I can't name songs like it."),
            Language::Korean => {
                format!("{} 어떤 소리인지 아직 몰라서 비슷한 노래를 찾을 수 없어요.", with(&title, Particle::Subject))
            }
        }
    }

    /// The words of a link to a source's page: some one can listen at, others say what they know.
    pub(crate) fn link_to(self, source: Source) -> String {
        let listen = matches!(source, Source::Spotify | Source::Deezer);
        let source = source_name(source);
        match (self.0, listen) {
            (Language::English, true) => format!("Listen on {source}"),
            (Language::English, false) => format!("See {source}"),
            (Language::Korean, true) => format!("{source}에서 듣기"),
            (Language::Korean, false) => format!("{source}에서 보기"),
        }
    }

    /// The line under an artist's name: genres, then whose facts these are.
    pub(crate) fn caption(self, genres: &[String], sources: &[Source]) -> String {
        let genres = genres.iter().take(GENRES).map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut named: Vec<&str> = Vec::new();
        for source in sources {
            let name = source_name(*source);
            if !named.contains(&name) {
                named.push(name);
            }
        }
        let named = named.join(", ");
        let facts = match (self.0, named.is_empty()) {
            (_, true) => String::new(),
            (Language::English, false) => format!("From {named}"),
            (Language::Korean, false) => format!("출처: {named}"),
        };
        [genres, facts].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn reasons(self, why: &[Reason]) -> String {
        reasons::reasons(self.0, why)
    }
}

/// The name of a source as it writes it itself.
pub(crate) fn source_name(source: Source) -> &'static str {
    match source {
        Source::Spotify => "Spotify",
        Source::MusicBrainz => "MusicBrainz",
        Source::ListenBrainz => "ListenBrainz",
        Source::Deezer => "Deezer",
        Source::ReccoBeats => "ReccoBeats",
        Source::LastFm => "Last.fm",
        Source::Csv | Source::User => "Sixpotify",
    }
}

/// What somebody typed or what something is called, in quotes and not at any length.
pub(crate) fn quoted(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > ECHO {
        words = words.chars().take(ECHO - 1).collect();
        words.push('…');
    }
    format!("“{words}”")
}

/// Why somebody is a neighbour, as one phrase without a full stop; empty without reasons.
pub fn because(language: Language, why: &[Reason]) -> String {
    Words(language).reasons(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Words = Words(Language::English);
    const KO: Words = Words(Language::Korean);

    #[test]
    fn buttons_fit_the_narrowest_platform() {
        for words in [EN, KO] {
            for button in [
                words.button_similar(),
                words.button_songs(),
                words.button_more(),
                words.button_back(),
                words.button_none(),
                words.button_delete(),
                words.button_keep(),
                words.button_help(),
                words.button_other_language(),
                words.button_privacy(),
            ] {
                assert!(button.encode_utf16().count() <= 20, "{button}");
            }
            for source in Source::ALL {
                let link = words.link_to(*source);
                assert!(link.encode_utf16().count() <= 20, "{link}");
            }
        }
    }

    #[test]
    fn names_take_their_particles() {
        assert_eq!(KO.took_for("shinne", "SHINee"), "“shinne”를 “SHINee”로 이해했어요.");
        assert_eq!(KO.took_for("방탄", "BTS"), "“방탄”을 “BTS”로 이해했어요.");
        assert_eq!(KO.took_for("gfriend", "2PM"), "“gfriend”를 “2PM”으로 이해했어요.");
        assert_eq!(KO.similar_to("RM"), "RM과 비슷한 가수");
        assert_eq!(KO.looking_up("“Zior Park”"), "“Zior Park”는 처음 들어 봐요. 찾아보고 곧 알려 드릴게요.");
    }

    #[test]
    fn waits_are_rounded_up() {
        assert_eq!(EN.wait(TimeDelta::seconds(1)), "1 min");
        assert_eq!(EN.wait(TimeDelta::seconds(61)), "2 min");
        assert_eq!(KO.wait(TimeDelta::hours(13) + TimeDelta::minutes(1)), "14시간");
        assert_eq!(EN.wait(TimeDelta::seconds(-5)), "1 min");
    }

    #[test]
    fn what_is_said_back_is_short() {
        assert!(quoted(&"x".repeat(5000)).chars().count() < 70);
        assert_eq!(quoted(" a \n b "), "“a b”");
    }
}
