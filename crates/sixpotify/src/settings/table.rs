//! The table of all settings: the reference page and the checks are made from it.

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Name of the environment variable; in a settings file the same in lower case.
    pub key: &'static str,
    /// Value when it is not set; `None`: none.
    pub default: Option<&'static str>,
    /// Whether its value must never be shown.
    pub secret: bool,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// Every setting there is.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        key: "DATABASE_URL",
        default: None,
        secret: true,
        meaning: "Catalogue: `postgres://user:password@host:5432/name` (TLS as libpq has it: `?sslmode=verify-full&sslrootcert=/path/to/ca.pem`) or `sqlite:path` (`?max_page_count=N` bounds the file to N pages of 4 KiB). Default: `sixpotify.db` in the platform's data folder.",
    },
    Setting { key: "SPOTIFY_CLIENT_ID", default: None, secret: false, meaning: "Client id of your Spotify app." },
    Setting {
        key: "SPOTIFY_CLIENT_SECRET",
        default: None,
        secret: true,
        meaning: "Client secret of your Spotify app.",
    },
    Setting {
        key: "SPOTIFY_API_URL",
        default: Some("https://api.spotify.com/v1"),
        secret: false,
        meaning: "Base of Spotify's Web API, or of a stand-in such as spotify-sim.",
    },
    Setting {
        key: "SPOTIFY_TOKEN_URL",
        default: Some("https://accounts.spotify.com/api/token"),
        secret: false,
        meaning: "Where client id and secret are exchanged for a token.",
    },
    Setting {
        key: "SPOTIFY_BUDGET_30S",
        default: Some("90"),
        secret: false,
        meaning: "Requests in any 30 seconds at most. 0: no limit of our own, only what Spotify's \"too many requests\" teach.",
    },
    Setting {
        key: "SPOTIFY_BUDGET_DAY",
        default: None,
        secret: false,
        meaning: "Requests in any 24 hours at most, for all processes that share the catalogue. 0: no limit of our own. Default: none, and 500 as soon as development mode is detected.",
    },
    Setting {
        key: "SPOTIFY_CONCURRENCY",
        default: None,
        secret: false,
        meaning: "Requests in flight at most, 1 to 256. Default: 16, and 2 as soon as development mode is detected.",
    },
    Setting {
        key: "SPOTIFY_MARKET",
        default: None,
        secret: false,
        meaning: "Country for search, albums and top tracks, for instance `KR`. Default: none, and `US` for top tracks.",
    },
    Setting {
        key: "SIXPOTIFY_SOURCES",
        default: None,
        secret: false,
        meaning: "Whom `ingest` asks, and `serve` and `chat` for names that nobody knows yet, parted by commas: `spotify`, `musicbrainz`, `listenbrainz`, `deezer`, `reccobeats`, `lastfm`. Default: without Spotify keys all others; with keys `spotify`, and the others too where the keys turn out to be in development mode.",
    },
    Setting {
        key: "SIXPOTIFY_ORDER",
        default: None,
        secret: false,
        meaning: "Who is asked for a facet first, facets parted by semicolons: `albums=deezer,spotify; genres=lastfm,musicbrainz`. The first that has it wins, the others fill what is absent, and whoever is not named for a facet is not asked for it. Default: `profile=spotify,musicbrainz,listenbrainz,deezer; genres=spotify,musicbrainz,lastfm; albums=spotify,deezer; top_tracks=spotify,deezer; audio_features=spotify,reccobeats; aliases=musicbrainz; links=musicbrainz; related=listenbrainz,lastfm`, with `spotify` asked where there are keys, and in development mode, unless this setting or `--facets` says otherwise, for `profile` and the genres that come with it only.",
    },
    Setting {
        key: "SIXPOTIFY_CONTACT",
        default: None,
        secret: false,
        meaning: "Your mail address or page, for the `User-Agent` of every request: MusicBrainz asks for it, and slows down or drops those who leave it out.",
    },
    Setting {
        key: "MUSICBRAINZ_API_URL",
        default: Some("https://musicbrainz.org/ws/2"),
        secret: false,
        meaning: "Base of MusicBrainz's web service, or of a mirror or a stand-in such as open-sim.",
    },
    Setting {
        key: "MUSICBRAINZ_SPACING_MS",
        default: Some("1100"),
        secret: false,
        meaning: "Milliseconds between two requests to MusicBrainz, for all processes that share the catalogue. Less is for a mirror of your own.",
    },
    Setting {
        key: "LISTENBRAINZ_API_URL",
        default: Some("https://api.listenbrainz.org"),
        secret: false,
        meaning: "Base of ListenBrainz's API.",
    },
    Setting {
        key: "LISTENBRAINZ_LABS_URL",
        default: Some("https://labs.api.listenbrainz.org"),
        secret: false,
        meaning: "Base of ListenBrainz's labs, where similar artists are.",
    },
    Setting {
        key: "LISTENBRAINZ_TOKEN",
        default: None,
        secret: true,
        meaning: "Token of a ListenBrainz user, needed for top recordings; it goes to the API only.",
    },
    Setting {
        key: "LISTENBRAINZ_BUDGET_10S",
        default: Some("0"),
        secret: false,
        meaning: "Requests to ListenBrainz in any 10 seconds at most. 0: as many as its answers say are left.",
    },
    Setting {
        key: "DEEZER_API_URL",
        default: Some("https://api.deezer.com"),
        secret: false,
        meaning: "Base of Deezer's API.",
    },
    Setting {
        key: "DEEZER_BUDGET_5S",
        default: Some("40"),
        secret: false,
        meaning: "Requests to Deezer in any 5 seconds at most; it allows 50. 0: no limit of our own.",
    },
    Setting {
        key: "RECCOBEATS_API_URL",
        default: Some("https://api.reccobeats.com/v1"),
        secret: false,
        meaning: "Base of ReccoBeats' API.",
    },
    Setting {
        key: "RECCOBEATS_BUDGET_10S",
        default: Some("20"),
        secret: false,
        meaning: "Requests to ReccoBeats in any 10 seconds at most. 0: no limit of our own.",
    },
    Setting {
        key: "LASTFM_API_URL",
        default: Some("https://ws.audioscrobbler.com/2.0/"),
        secret: false,
        meaning: "The address of Last.fm's API.",
    },
    Setting {
        key: "LASTFM_API_KEY",
        default: None,
        secret: true,
        meaning: "Key of a Last.fm API account. Without it Last.fm is not asked.",
    },
    Setting {
        key: "LASTFM_BUDGET_5S",
        default: Some("20"),
        secret: false,
        meaning: "Requests to Last.fm in any 5 seconds at most; it allows 25 on average. 0: no limit of our own.",
    },
    Setting {
        key: "SIXPOTIFY_FRESH_PROFILE",
        default: Some("7d"),
        secret: false,
        meaning: "Age at which followers, popularity and pictures are stale: `12h`, `7d`.",
    },
    Setting {
        key: "SIXPOTIFY_FRESH_GENRES",
        default: Some("30d"),
        secret: false,
        meaning: "Age at which genres are stale.",
    },
    Setting {
        key: "SIXPOTIFY_FRESH_ALBUMS",
        default: Some("7d"),
        secret: false,
        meaning: "Age at which the list of albums is stale.",
    },
    Setting {
        key: "SIXPOTIFY_FRESH_TOP_TRACKS",
        default: Some("7d"),
        secret: false,
        meaning: "Age at which top tracks are stale. Audio features never are.",
    },
    Setting {
        key: "SIXPOTIFY_FRESH_NOT_FOUND",
        default: Some("7d"),
        secret: false,
        meaning: "How long a name that was not found, or is ambiguous, is not asked for again.",
    },
    Setting {
        key: "SIXPOTIFY_LISTEN",
        default: Some("127.0.0.1:6868"),
        secret: false,
        meaning: "Address and port that `serve` listens on. The default can be reached from this machine only; put a proxy that speaks TLS before it.",
    },
    Setting {
        key: "MESSENGER_PAGE_TOKEN",
        default: None,
        secret: true,
        meaning: "Access token of the page on Facebook Messenger. With it, the app's secret and the verify token, `serve` answers at `/webhooks/messenger`.",
    },
    Setting {
        key: "MESSENGER_APP_SECRET",
        default: None,
        secret: true,
        meaning: "Secret of the Facebook app, with which it signs what it sends.",
    },
    Setting {
        key: "MESSENGER_VERIFY_TOKEN",
        default: None,
        secret: true,
        meaning: "A word of your own that the app's dashboard is told when the webhook is set.",
    },
    Setting {
        key: "MESSENGER_API_URL",
        default: Some("https://graph.facebook.com/v26.0"),
        secret: false,
        meaning: "The Graph API with its version.",
    },
    Setting {
        key: "TELEGRAM_BOT_TOKEN",
        default: None,
        secret: true,
        meaning: "Token of the bot on Telegram, from @BotFather.",
    },
    Setting {
        key: "TELEGRAM_WEBHOOK_SECRET",
        default: None,
        secret: true,
        meaning: "1 to 256 letters, digits, `_` and `-` that Telegram shows with every call. With it `serve` answers at `/webhooks/telegram`.",
    },
    Setting {
        key: "TELEGRAM_API_URL",
        default: Some("https://api.telegram.org"),
        secret: false,
        meaning: "Base of Telegram's Bot API, or of a server of your own.",
    },
    Setting {
        key: "SIXPOTIFY_PROXIES",
        default: Some("0"),
        secret: false,
        meaning: "How many proxies of yours stand before `serve`: so many of the last addresses in `X-Forwarded-For` are believed, when visitors of the chat page are told apart.",
    },
    Setting {
        key: "SIXPOTIFY_LOG",
        default: Some("text"),
        secret: false,
        meaning: "How lines of the log look, on stderr: `text`, or `json`, one object a line. What people write to the bot, and who they are, is in none of them.",
    },
    Setting {
        key: "SIXPOTIFY_RETRY_DELAY_MS",
        default: Some("500"),
        secret: false,
        meaning: "Longest pause before a failed request is sent again for the first time, in milliseconds; doubled each time.",
    },
];
