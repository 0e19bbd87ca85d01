//! Events, conversations and look-ups of the chat.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

use super::Postgres;
use super::read::all;
use super::value::{json, number};
use super::write::column;
use crate::chat::{Asked, DAY, LookupRow};
use crate::text::{clean, json_text, micros};
use crate::{
    ASKERS_STAY, Backlog, CONVERSATIONS_STAY, ChatEvent, ClaimedEvent, ConversationRecord, ConversationStore,
    EVENTS_STAY, EventEnd, LookupEnd, LookupPermit, LookupWish, Result,
};

#[async_trait]
impl ConversationStore for Postgres {
    async fn receive_events(&self, events: &[ChatEvent], now: DateTime<Utc>) -> Result<Vec<bool>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "insert into chat_events (channel, event_id, user_key, received_at, due_at, payload, state, attempts)
             select s.channel, s.event_id, s.user_key, $1, $1, s.payload, 'waiting', 0
             from unnest($2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
                 as s(channel, event_id, user_key, payload, place)
             order by s.channel, s.event_id, s.place
             on conflict (channel, event_id) do nothing
             returning channel, event_id",
        )
        .bind(micros(now))
        .bind(column(events, |e| clean(&e.channel)))
        .bind(column(events, |e| clean(&e.event_id)))
        .bind(column(events, |e| clean(&e.user_key)))
        .bind(column(events, |e| json_text(&e.payload)))
        .fetch_all(&self.inbox)
        .await?;
        let mut new: std::collections::HashSet<(String, String)> =
            all(&rows, |row| Ok((row.try_get(0)?, row.try_get(1)?)))?.into_iter().collect();
        let key = |e: &ChatEvent| (clean(&e.channel).into_owned(), clean(&e.event_id).into_owned());
        Ok(events.iter().map(|event| new.remove(&key(event))).collect())
    }

    async fn claim_events(
        &self,
        channel: &str,
        limit: usize,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedEvent>> {
        let now = micros(now);
        // Which are the oldest is seen before they are locked; that they are still free is seen with the lock.
        let rows = sqlx::query(
            "with first as materialized (
                 select distinct on (user_key, state) event_id, received_at, due_at, claimed_until from chat_events
                 where channel = $1 and state <> 'answered'
                 order by user_key, state, received_at, event_id
             ), wanted as materialized (
                 select event_id from first
                 where due_at <= $2 and (claimed_until is null or claimed_until <= $2)
                 order by received_at, event_id limit $3
             ), free as (
                 select e.event_id from chat_events e
                 where e.channel = $1 and e.event_id in (select event_id from wanted)
                   and e.state <> 'answered' and (e.claimed_until is null or e.claimed_until <= $2)
                 order by e.event_id for update skip locked
             )
             update chat_events e set claimed_until = $4, attempts = e.attempts + 1
             from free where e.channel = $1 and e.event_id = free.event_id
             returning e.channel, e.event_id, e.user_key, e.received_at, coalesce(e.payload, 'null'),
                       e.state = 'later', e.attempts, e.progress",
        )
        .bind(clean(channel))
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(micros(now + lease))
        .fetch_all(&self.pool)
        .await?;
        let mut claimed: Vec<ClaimedEvent> = all(&rows, claimed)?;
        claimed.sort_by(|a, b| (a.received_at, &a.event_id).cmp(&(b.received_at, &b.event_id)));
        Ok(claimed)
    }

    async fn renew_event(&self, event: &ClaimedEvent, lease: TimeDelta, now: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query(
            "update chat_events set claimed_until = $4
             where channel = $1 and event_id = $2 and attempts = $3 and state <> 'answered' and claimed_until is not null",
        )
        .bind(clean(&event.channel))
        .bind(clean(&event.event_id))
        .bind(i64::try_from(event.attempts).unwrap_or(i64::MAX))
        .bind(micros(now + lease))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn note_progress(&self, event: &ClaimedEvent, progress: &str) -> Result<bool> {
        let done = sqlx::query(
            "update chat_events set progress = $4
             where channel = $1 and event_id = $2 and attempts = $3 and state <> 'answered'",
        )
        .bind(clean(&event.channel))
        .bind(clean(&event.event_id))
        .bind(i64::try_from(event.attempts).unwrap_or(i64::MAX))
        .bind(clean(progress))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn finish_event(
        &self,
        event: &ClaimedEvent,
        end: &EventEnd,
        keep: Option<&ConversationRecord>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let work = async {
            let mut transaction = self.pool.begin().await?;
            let (state, payload, due_at) = match end {
                EventEnd::Answered => (Some("answered"), None, None),
                EventEnd::Later { payload, due_at } => (Some("later"), Some(json_text(payload)), Some(micros(*due_at))),
                EventEnd::Failed(due_at) => (None, None, Some(micros(*due_at))),
            };
            let done = sqlx::query(
                "update chat_events set
                     state = coalesce($4, state),
                     payload = case when $4 is null then payload else $5 end,
                     progress = case when $4 is null then progress end,
                     due_at = coalesce($6, due_at),
                     claimed_until = null
                 where channel = $1 and event_id = $2 and attempts = $3 and state <> 'answered'",
            )
            .bind(clean(&event.channel))
            .bind(clean(&event.event_id))
            .bind(i64::try_from(event.attempts).unwrap_or(i64::MAX))
            .bind(state)
            .bind(payload)
            .bind(due_at)
            .execute(&mut *transaction)
            .await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            if let Some(record) = keep {
                keep_conversation(&mut transaction, &event.channel, &event.user_key, record, now).await?;
            }
            transaction.commit().await?;
            Ok(true)
        };
        self.pool.answered(work).await
    }

    async fn backlog(&self) -> Result<Backlog> {
        let row = sqlx::query(
            "select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'later'),
                    min(received_at) filter (where state = 'waiting')
             from chat_events where state <> 'answered'",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Backlog { waiting: number::<i64, _>(&row, 0)?, later: number::<i64, _>(&row, 1)?, oldest: row.try_get(2)? })
    }

    async fn conversation(&self, channel: &str, user_key: &str) -> Result<Option<ConversationRecord>> {
        let row = sqlx::query("select language, pending from conversations where channel = $1 and user_key = $2")
            .bind(clean(channel))
            .bind(clean(user_key))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(ConversationRecord { language: row.try_get(0)?, pending: row.try_get(1)? })).transpose()
    }

    async fn keep_conversation(
        &self,
        channel: &str,
        user_key: &str,
        record: &ConversationRecord,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let work = async {
            let mut connection = self.pool.acquire().await?;
            keep_conversation(&mut connection, channel, user_key, record, now).await
        };
        self.pool.answered(work).await
    }

    async fn delete_person(&self, channel: &str, user_key: &str) -> Result<()> {
        let work = async {
            let mut transaction = self.pool.begin().await?;
            for sql in [
                "delete from conversations where channel = $1 and user_key = $2",
                "update chat_events set payload = null, progress = null, state = 'answered', claimed_until = null, user_key = ''
                 where channel = $1 and user_key = $2",
                "update chat_lookups set channel = null, user_key = null where channel = $1 and user_key = $2",
            ] {
                sqlx::query(sql).bind(clean(channel)).bind(clean(user_key)).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        };
        self.pool.answered(work).await
    }

    async fn begin_lookup(&self, wish: &LookupWish, now: DateTime<Utc>) -> Result<LookupPermit> {
        let work = async {
            let now = micros(now);
            let mut transaction = self.pool.begin().await?;
            // One after the other: what is counted is counted by nobody else meanwhile.
            sqlx::query("select pg_advisory_xact_lock('chat_lookups'::regclass::oid::bigint << 32)")
                .execute(&mut *transaction)
                .await?;
            let row = sqlx::query("select state, asked_at, until from chat_lookups where name_key = $1")
                .bind(clean(&wish.name_key))
                .fetch_optional(&mut *transaction)
                .await?;
            let row = row.map(|row| lookup(&row)).transpose()?;
            if let Some(against) = row.and_then(|row| wish.against(&row, now)) {
                return Ok(against);
            }
            let theirs = sqlx::query(
                "select count(*), min(asked_at) from chat_lookups where channel = $1 and user_key = $2 and asked_at > $3",
            )
            .bind(clean(&wish.channel))
            .bind(clean(&wish.user_key))
            .bind(now - wish.window)
            .fetch_one(&mut *transaction)
            .await?;
            let all = sqlx::query(
                "select coalesce(sum(requests), 0)::bigint, min(asked_at) from chat_lookups where asked_at > $1 and requests > 0",
            )
            .bind(now - DAY)
            .fetch_one(&mut *transaction)
            .await?;
            let permit = wish.room(&asked(&theirs)?, &asked(&all)?, now);
            if permit == LookupPermit::Go {
                sqlx::query(
                    "insert into chat_lookups as t (name_key, channel, user_key, asked_at, state, requests)
                     values ($1, $2, $3, $4, 'asking', 0)
                     on conflict (name_key) do update set
                         channel = excluded.channel, user_key = excluded.user_key, asked_at = excluded.asked_at,
                         state = excluded.state, until = null,
                         requests = case when t.asked_at > $5 then t.requests else 0 end",
                )
                .bind(clean(&wish.name_key))
                .bind(clean(&wish.channel))
                .bind(clean(&wish.user_key))
                .bind(now)
                .bind(now - DAY)
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(permit)
        };
        self.pool.answered(work).await
    }

    async fn renew_lookup(
        &self,
        name_key: &str,
        began: DateTime<Utc>,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let work = async {
            let sql = "update chat_lookups set until = $3 where name_key = $1 and asked_at = $2 and state = 'asking'";
            let done = sqlx::query(sql)
                .bind(clean(name_key))
                .bind(micros(began))
                .bind(micros(now + lease))
                .execute(&self.pool)
                .await?;
            Ok(done.rows_affected() > 0)
        };
        self.pool.answered(work).await
    }

    async fn lookup_runs(&self, name_key: &str, dead_after: TimeDelta, now: DateTime<Utc>) -> Result<bool> {
        let row = sqlx::query("select state, asked_at, until from chat_lookups where name_key = $1")
            .bind(clean(name_key))
            .fetch_optional(&self.pool)
            .await?;
        row.map_or(Ok(false), |row| Ok(lookup(&row)?.runs(dead_after, micros(now))))
    }

    async fn end_lookup(&self, name_key: &str, end: LookupEnd, requests: u32) -> Result<()> {
        let (state, until) = end.columns();
        sqlx::query("update chat_lookups set state = $2, until = $3, requests = requests + $4 where name_key = $1")
            .bind(clean(name_key))
            .bind(state)
            .bind(until.map(micros))
            .bind(i64::from(requests))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn clear_chat(&self, now: DateTime<Utc>) -> Result<()> {
        let work = async {
            let mut transaction = self.pool.begin().await?;
            for (sql, stay) in [
                ("delete from chat_events where received_at <= $1", EVENTS_STAY),
                ("delete from conversations where updated_at <= $1", CONVERSATIONS_STAY),
                (
                    "update chat_lookups set channel = null, user_key = null where asked_at <= $1 and channel is not null",
                    ASKERS_STAY,
                ),
                ("delete from chat_lookups where asked_at <= $1 and (until is null or until <= $1)", EVENTS_STAY),
            ] {
                sqlx::query(sql).bind(micros(now - stay)).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        };
        self.pool.answered(work).await
    }
}

fn lookup(row: &PgRow) -> sqlx::Result<LookupRow> {
    Ok(LookupRow { state: row.try_get(0)?, asked_at: row.try_get(1)?, until: row.try_get(2)? })
}

fn claimed(row: &PgRow) -> sqlx::Result<ClaimedEvent> {
    Ok(ClaimedEvent {
        channel: row.try_get(0)?,
        event_id: row.try_get(1)?,
        user_key: row.try_get(2)?,
        received_at: row.try_get(3)?,
        payload: json(row, 4)?,
        later: row.try_get(5)?,
        attempts: number::<i64, _>(row, 6)?,
        progress: row.try_get(7)?,
    })
}

fn asked(row: &PgRow) -> sqlx::Result<Asked> {
    Ok(Asked { count: number::<i64, _>(row, 0)?, oldest: row.try_get(1)? })
}

async fn keep_conversation(
    connection: &mut PgConnection,
    channel: &str,
    user_key: &str,
    record: &ConversationRecord,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into conversations (channel, user_key, language, pending, updated_at) values ($1, $2, $3, $4, $5)
         on conflict (channel, user_key) do update set
             language = excluded.language, pending = excluded.pending, updated_at = excluded.updated_at",
    )
    .bind(clean(channel))
    .bind(clean(user_key))
    .bind(record.language.as_deref().map(clean))
    .bind(record.pending.as_deref().map(clean))
    .bind(micros(now))
    .execute(connection)
    .await?;
    Ok(())
}
