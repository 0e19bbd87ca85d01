//! The words of the pages, in one place. Those of the conversation are the bot's.

use sixpotify_bot::Language;
use sixpotify_core::Source;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $english:literal, $korean:literal;)+) => {
        /// Words and sentences of one language.
        #[derive(Debug)]
        pub(crate) struct Words {
            of: Language,
            $($(#[$doc])* pub(crate) $name: &'static str,)+
        }

        /// English.
        pub(crate) const ENGLISH: Words = Words { of: Language::English, $($name: $english,)+ };

        /// Korean.
        pub(crate) const KOREAN: Words = Words { of: Language::Korean, $($name: $korean,)+ };
    };
}

words! {
    /// As Open Graph writes it.
    locale: "en_US", "ko_KR";
    skip: "Skip to the content", "본문으로 건너뛰기";
    language: "Language", "언어";
    chat_title: "find whom to hear next", "다음에 들을 가수 찾기";
    chat_description: "Type an artist in any script, and get songs and whom to hear next.", "가수 이름을 입력하면 노래와 비슷한 가수를 알려 드려요.";
    conversation: "Conversation", "대화";
    ask: "An artist or a song", "가수나 노래";
    placeholder: "Type an artist or a song", "가수나 노래를 입력하세요";
    send: "Send", "보내기";
    you: "You", "나";
    typing: "Looking it up", "찾는 중이에요";
    lost: "The connection was lost. Please send it again.", "연결이 끊겼어요. 다시 보내 주세요.";
    more_about: "Artist page", "자세히 보기";
    to_chat: "Ask about another artist", "다른 가수 물어보기";
    /// `{}` is whose page it is.
    listen_on: "Listen on {}", "{}에서 듣기";

    genres: "Genres", "장르";
    followers: "Followers", "팔로워";
    popularity: "Popularity", "인기도";
    sound: "Sound", "사운드";
    no_sound: "Nothing is known of the sound yet.", "아직 사운드 정보가 없어요.";
    songs: "Songs to start with", "먼저 들어 볼 노래";
    no_songs: "No songs are known yet.", "아직 알려진 노래가 없어요.";
    hear_next: "Hear next", "이어서 들어 보세요";
    no_neighbours: "Nobody has been compared with this artist yet.", "아직 비교한 가수가 없어요.";
    albums: "Albums", "앨범";
    no_albums: "No albums are known yet.", "아직 알려진 앨범이 없어요.";
    origins: "Where this comes from", "정보의 출처";
    origins_note: "Every fact keeps who said it and when. Neighbours and reasons are computed here from these facts.", "모든 정보는 누가 언제 알려 주었는지 함께 저장돼요. 비슷한 가수와 이유는 이 정보로 여기서 계산해요.";
    no_origins: "Nobody was asked about this artist yet.", "아직 이 가수에 대해 물어본 곳이 없어요.";
    what: "What", "무엇";
    whom: "Who said it", "누가";
    when: "When", "언제";
    withheld: "not given", "제공하지 않음";
    failed: "could not be asked", "물어보지 못함";
    facet_profile: "Profile", "프로필";
    facet_aliases: "Other names", "다른 이름";
    facet_links: "Links elsewhere", "다른 곳의 링크";
    facet_related: "Related artists", "관련 아티스트";

    energy: "Energy", "에너지";
    danceability: "Danceable", "춤추기 좋은";
    valence: "Cheerful", "밝은";
    acousticness: "Acoustic", "어쿠스틱";
    instrumentalness: "Instrumental", "연주 위주";
    speechiness: "Spoken", "말·랩";
    tempo: "Tempo", "템포";
    loudness: "Loudness", "음량";

    own_file: "the operator's file", "운영자의 파일";
    by_hand: "a person here", "운영자";

    not_found: "Not here", "찾을 수 없어요";
    not_found_text: "There is no such page, or the artist is not in the catalogue (any more).", "없는 페이지이거나, 카탈로그에 없는 가수예요.";
    invalid: "That did not work", "요청을 이해하지 못했어요";
    invalid_text: "The request makes no sense to the server.", "서버가 이해할 수 없는 요청이에요.";
    too_many: "One moment", "잠시만요";
    too_many_text: "That was a lot at once. Please try again in a little while.", "한꺼번에 너무 많이 보내셨어요. 잠시 후 다시 해 주세요.";
    trouble: "Something is wrong here", "문제가 생겼어요";
    trouble_text: "It is not your fault. Please try again in a little while.", "저희 쪽 문제예요. 잠시 후 다시 해 주세요.";
}

impl Words {
    /// Of how many songs a sound is the mean, and who measured.
    pub(crate) fn mean_of(&self, songs: usize, sources: &str) -> String {
        match self.of {
            Language::English if songs == 1 => format!("Of one song, as measured by {sources}"),
            Language::English => format!("Mean of {songs} songs, as measured by {sources}"),
            Language::Korean => format!("노래 {songs}곡의 평균 · 측정: {sources}"),
        }
    }

    /// Other artists on a song.
    pub(crate) fn with(&self, names: &str) -> String {
        match self.of {
            Language::English => format!("with {names}"),
            Language::Korean => format!("{names} 참여"),
        }
    }

    /// Number of tracks on an album.
    pub(crate) fn tracks(&self, count: u32) -> String {
        match self.of {
            Language::English if count == 1 => "1 track".to_owned(),
            Language::English => format!("{count} tracks"),
            Language::Korean => format!("{count}곡"),
        }
    }

    /// How many more there are than are shown.
    pub(crate) fn and_more(&self, count: usize) -> String {
        match self.of {
            Language::English => format!("and {count} more"),
            Language::Korean => format!("그 밖에 {count}개"),
        }
    }

    /// The kind of an album; kinds that nobody has heard of stay as they are.
    pub(crate) fn album_type<'a>(&self, kind: &'a str) -> &'a str {
        match (self.of, kind) {
            (Language::English, "album") => "Album",
            (Language::English, "single") => "Single",
            (Language::English, "compilation") => "Compilation",
            (Language::Korean, "album") => "정규",
            (Language::Korean, "single") => "싱글",
            (Language::Korean, "compilation") => "컴필레이션",
            (_, other) => other,
        }
    }

    /// What search engines and messengers show of an artist's page.
    pub(crate) fn description(&self, name: &str, genres: &[String], next: &[&str]) -> String {
        let mut text = name.to_owned();
        if !genres.is_empty() {
            text = format!("{text}: {}", genres.join(", "));
        }
        match self.of {
            _ if next.is_empty() => text,
            Language::English => format!("{text}. Hear next: {}.", next.join(", ")),
            Language::Korean => format!("{text}. 이어서 들어 보세요: {}", next.join(", ")),
        }
    }
}

/// The name of a source as people know it.
pub(crate) fn source_name(source: Source, words: &Words) -> &'static str {
    match source {
        Source::Spotify => "Spotify",
        Source::MusicBrainz => "MusicBrainz",
        Source::ListenBrainz => "ListenBrainz",
        Source::Deezer => "Deezer",
        Source::ReccoBeats => "ReccoBeats",
        Source::LastFm => "Last.fm",
        Source::Csv => words.own_file,
        Source::User => words.by_hand,
    }
}

/// A number with thousands apart: `1,204`, in both languages.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
