//! What is shown of artists and songs.

use futures_util::future::try_join;
use sixpotify_core::{ArtistId, TrackId};

use super::{Done, Talk};
use crate::action::Action;
use crate::conversation::Focus;
use crate::library::{ArtistBrief, LibraryError, Profile, SimilarArtist, SimilarSong, Song};
use crate::reply::{ArtistCard, ArtistLine, Bubble, Listen, Outcome, SongLine};

/// Neighbours and songs with an artist's card.
const WITH_CARD: (usize, usize) = (5, 3);

/// The same where several artists are answered at once.
const WITH_SEVERAL: (usize, usize) = (3, 0);

/// Entries of a list of its own.
const PAGE: usize = 10;

impl Talk<'_> {
    /// An artist with who to hear next and songs to start with. False, and said, where there is no such artist.
    pub(super) async fn show_artist(&mut self, id: &ArtistId) -> Result<bool, LibraryError> {
        let Some(shown) = self.card(id, WITH_CARD).await? else {
            self.say(self.words.gone());
            self.outcome = Outcome::NotFound;
            return Ok(false);
        };
        self.record.move_to(Focus { similar: shown.similar, songs: shown.songs, ..Focus::on_artist(id) });
        if shown.similar > 0 {
            self.offer(self.words.button_similar(), Action::Similar(id.clone(), 0));
        } else {
            let text = self.words.no_similar(&shown.name);
            self.say(text);
        }
        if shown.songs > 0 {
            self.offer(self.words.button_songs(), Action::Songs(id.clone(), 0));
        }
        if shown.more_similar {
            self.offer(self.words.button_more(), Action::Similar(id.clone(), shown.similar));
        }
        if self.record.before().is_some() {
            self.offer(self.words.button_back(), Action::Back);
        }
        self.outcome = Outcome::RightAway;
        Ok(true)
    }

    /// One artist of several: no question, no focus.
    pub(super) async fn show_one_of_several(&mut self, id: &ArtistId) -> Done {
        if let Some(shown) = self.card(id, WITH_SEVERAL).await? {
            self.record.move_to(Focus { similar: shown.similar, ..Focus::on_artist(id) });
            self.offer(shown.name, Action::Artist(id.clone()));
            self.outcome = Outcome::RightAway;
        }
        Ok(())
    }

    async fn card(&mut self, id: &ArtistId, (similar, songs): (usize, usize)) -> Result<Option<Shown>, LibraryError> {
        let Some(profile) = self.library.artist(id).await? else { return Ok(None) };
        let (similar, songs) = try_join(self.library.similar(id, 0, similar), self.library.songs(id, 0, songs)).await?;
        let shown = Shown {
            name: profile.name.clone(),
            similar: similar.items.len(),
            more_similar: similar.more,
            songs: songs.items.len(),
        };
        let card = self.artist_card(profile);
        self.bubbles.push(Bubble::Artist(Box::new(card)));
        if !similar.items.is_empty() {
            let artists = similar.items.into_iter().map(|artist| self.artist_line(artist)).collect();
            self.bubbles.push(Bubble::Artists { heading: self.words.hear_next().to_owned(), artists });
        }
        if !songs.items.is_empty() {
            let songs = songs.items.into_iter().map(|song| self.song_line(song)).collect();
            self.bubbles.push(Bubble::Songs { heading: self.words.top_songs().to_owned(), songs });
        }
        Ok(Some(shown))
    }

    /// Neighbours of an artist from one on.
    pub(super) async fn show_similar(&mut self, id: &ArtistId, from: usize) -> Done {
        let Some(profile) = self.library.artist(id).await? else { return self.gone() };
        let page = self.library.similar(id, from, PAGE).await?;
        let end = from + page.items.len();
        self.list_of(id, |focus| (focus.similar, focus.songs_last) = (end, false));
        if page.items.is_empty() {
            let text = if from == 0 { self.words.no_similar(&profile.name) } else { self.words.no_more().to_owned() };
            self.say(text);
        } else {
            let artists = page.items.into_iter().map(|artist| self.artist_line(artist)).collect();
            self.bubbles.push(Bubble::Artists { heading: self.words.similar_to(&profile.name), artists });
        }
        if page.more {
            self.offer(self.words.button_more(), Action::Similar(id.clone(), end));
        }
        self.offer(self.words.button_songs(), Action::Songs(id.clone(), 0));
        self.offer(self.words.button_back_to(&profile.name), Action::Artist(id.clone()));
        self.outcome = Outcome::RightAway;
        Ok(())
    }

    /// Songs of an artist from one on.
    pub(super) async fn show_songs(&mut self, id: &ArtistId, from: usize) -> Done {
        let Some(profile) = self.library.artist(id).await? else { return self.gone() };
        let page = self.library.songs(id, from, PAGE).await?;
        let end = from + page.items.len();
        self.list_of(id, |focus| (focus.songs, focus.songs_last) = (end, true));
        if page.items.is_empty() {
            let text = if from == 0 { self.words.no_songs(&profile.name) } else { self.words.no_more().to_owned() };
            self.say(text);
        } else {
            let songs = page.items.into_iter().map(|song| self.song_line(song)).collect();
            self.bubbles.push(Bubble::Songs { heading: self.words.songs_of(&profile.name), songs });
        }
        if page.more {
            self.offer(self.words.button_more(), Action::Songs(id.clone(), end));
        }
        self.offer(self.words.button_similar(), Action::Similar(id.clone(), 0));
        self.offer(self.words.button_back_to(&profile.name), Action::Artist(id.clone()));
        self.outcome = Outcome::RightAway;
        Ok(())
    }

    /// Songs near a song from one on; at first with the song itself.
    pub(super) async fn show_songs_like(&mut self, id: &TrackId, from: usize) -> Done {
        let Some(song) = self.library.song(id).await? else { return self.gone() };
        let page = self.library.songs_like(id, from, PAGE).await?;
        let end = from + page.items.len();
        self.record.move_to(Focus { songs: end, ..Focus::on_song(id) });
        let (title, artists) = (song.title.clone(), names(&song));
        // The first one that the catalogue holds; others are credits only.
        let mut artist = None;
        for credit in &song.artists {
            if let Some(profile) = self.library.artist(&credit.id).await? {
                artist = Some(profile);
                break;
            }
        }
        if from == 0 {
            let line = self.song_line(song);
            self.bubbles.push(Bubble::Songs { heading: self.words.this_song().to_owned(), songs: vec![line] });
        }
        if page.items.is_empty() {
            let text = if from == 0 { self.words.no_songs_like(&title) } else { self.words.no_more().to_owned() };
            self.say(text);
        } else {
            let songs = page.items.into_iter().map(|similar| self.similar_song_line(similar)).collect();
            self.bubbles.push(Bubble::Songs { heading: self.words.songs_like(&title, &artists), songs });
        }
        if page.more {
            self.offer(self.words.button_more(), Action::SongsLike(id.clone(), end));
        }
        if let Some(artist) = artist {
            self.offer(self.words.button_similar(), Action::Similar(artist.id.clone(), 0));
            self.offer(artist.name, Action::Artist(artist.id));
        }
        self.outcome = Outcome::RightAway;
        Ok(())
    }

    fn gone(&mut self) -> Done {
        self.say(self.words.gone());
        self.outcome = Outcome::NotFound;
        Ok(())
    }

    /// Moves the focus to a list of an artist.
    fn list_of(&mut self, id: &ArtistId, change: impl FnOnce(&mut Focus)) {
        let mut focus = match self.record.focus.take() {
            Some(focus) if focus.is_on(id) => focus,
            other => {
                self.record.focus = other;
                Focus::on_artist(id)
            }
        };
        focus.list = true;
        change(&mut focus);
        self.record.move_to(focus);
    }

    // --- lines ---------------------------------------------------------------------------------------------------

    fn artist_card(&self, profile: Profile) -> ArtistCard {
        let mut sources = profile.sources;
        sources.dedup();
        ArtistCard {
            caption: self.words.caption(&profile.genres, &sources),
            listen_label: profile.listen.as_ref().map(|Listen { source, .. }| self.words.link_to(*source)),
            id: profile.id,
            name: profile.name,
            genres: profile.genres,
            image_url: profile.image_url,
            listen: profile.listen,
            sources,
        }
    }

    fn artist_line(&mut self, artist: SimilarArtist) -> ArtistLine {
        ArtistLine {
            words: self.words.reasons(&artist.why),
            choice: self.choice(artist.name.clone(), Action::Artist(artist.id.clone())),
            id: artist.id,
            name: artist.name,
            image_url: artist.image_url,
            listen: artist.listen,
            why: artist.why,
        }
    }

    /// An artist among others that may be meant.
    pub(super) fn candidate_line(&mut self, artist: ArtistBrief, action: Action) -> ArtistLine {
        ArtistLine {
            choice: self.choice(artist.name.clone(), action),
            id: artist.id,
            name: artist.name,
            image_url: artist.image_url,
            listen: None,
            why: Vec::new(),
            words: artist.hint,
        }
    }

    pub(super) fn song_line(&mut self, song: Song) -> SongLine {
        self.similar_song_line(SimilarSong { song, why: Vec::new() })
    }

    fn similar_song_line(&mut self, similar: SimilarSong) -> SongLine {
        let SimilarSong { song, why } = similar;
        SongLine {
            artists: names(&song),
            words: self.words.reasons(&why),
            choice: self.choice(song.title.clone(), Action::SongsLike(song.id.clone(), 0)),
            id: song.id,
            title: song.title,
            image_url: song.image_url,
            listen: song.listen,
            why,
        }
    }
}

/// What was shown of an artist.
struct Shown {
    name: String,
    similar: usize,
    more_similar: bool,
    songs: usize,
}

fn names(song: &Song) -> String {
    song.artists.iter().map(|credit| credit.name.as_str()).collect::<Vec<_>>().join(", ")
}
