//! Events, conversations and look-ups of the chat.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::Sqlite;
use super::value::{count, json, optional_time, time, time_text};
use crate::chat::{Asked, DAY, LookupRow};
use crate::text::{clean, json_text, saturated};
use crate::{
    ASKERS_STAY, Backlog, CONVERSATIONS_STAY, ChatEvent, ClaimedEvent, ConversationRecord, ConversationStore,
    EVENTS_STAY, EventEnd, LookupEnd, LookupPermit, LookupWish, Result,
};

#[async_trait]
impl ConversationStore for Sqlite {
    async fn receive_events(&self, events: &[ChatEvent], now: DateTime<Utc>) -> Result<Vec<bool>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let events = events.to_vec();
        self.connections.write(move |c| receive(c, &events, now)).await
    }

    async fn claim_events(
        &self,
        channel: &str,
        limit: usize,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedEvent>> {
        let channel = channel.to_owned();
        self.connections.write(move |c| claim(c, &channel, limit, lease, now)).await
    }

    async fn renew_event(&self, event: &ClaimedEvent, lease: TimeDelta, now: DateTime<Utc>) -> Result<bool> {
        let event = event.clone();
        self.connections
            .write(move |c| {
                let done = c
                    .prepare_cached(
                        "update chat_events set claimed_until = ?4
                         where channel = ?1 and event_id = ?2 and attempts = ?3 and state <> 'answered'
                           and claimed_until is not null",
                    )?
                    .execute(params![
                        clean(&event.channel),
                        clean(&event.event_id),
                        saturated(event.attempts),
                        time_text(now + lease)
                    ])?;
                Ok(done == 1)
            })
            .await
    }

    async fn note_progress(&self, event: &ClaimedEvent, progress: &str) -> Result<bool> {
        let (event, progress) = (event.clone(), progress.to_owned());
        self.connections
            .write(move |c| {
                let done = c
                    .prepare_cached(
                        "update chat_events set progress = ?4
                         where channel = ?1 and event_id = ?2 and attempts = ?3 and state <> 'answered'",
                    )?
                    .execute(params![
                        clean(&event.channel),
                        clean(&event.event_id),
                        saturated(event.attempts),
                        clean(&progress)
                    ])?;
                Ok(done == 1)
            })
            .await
    }

    async fn finish_event(
        &self,
        event: &ClaimedEvent,
        end: &EventEnd,
        keep: Option<&ConversationRecord>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let (event, end, keep) = (event.clone(), end.clone(), keep.cloned());
        self.connections.write(move |c| finish(c, &event, &end, keep.as_ref(), now)).await
    }

    async fn backlog(&self) -> Result<Backlog> {
        self.connections
            .read(|c| {
                let mut statement = c.prepare_cached(
                    "select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'later'),
                            min(received_at) filter (where state = 'waiting')
                     from chat_events where state <> 'answered'",
                )?;
                Ok(statement.query_row([], |row| {
                    Ok(Backlog { waiting: count(row, 0)?, later: count(row, 1)?, oldest: optional_time(row, 2)? })
                })?)
            })
            .await
    }

    async fn conversation(&self, channel: &str, user_key: &str) -> Result<Option<ConversationRecord>> {
        let (channel, user_key) = (channel.to_owned(), user_key.to_owned());
        self.connections
            .read(move |c| {
                let mut statement = c.prepare_cached(
                    "select language, pending from conversations where channel = ?1 and user_key = ?2",
                )?;
                let record = |row: &Row<'_>| Ok(ConversationRecord { language: row.get(0)?, pending: row.get(1)? });
                Ok(statement.query_row(params![clean(&channel), clean(&user_key)], record).optional()?)
            })
            .await
    }

    async fn keep_conversation(
        &self,
        channel: &str,
        user_key: &str,
        record: &ConversationRecord,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (channel, user_key, record) = (channel.to_owned(), user_key.to_owned(), record.clone());
        self.connections.write(move |c| keep_conversation(c, &channel, &user_key, &record, now)).await
    }

    async fn delete_person(&self, channel: &str, user_key: &str) -> Result<()> {
        let (channel, user_key) = (channel.to_owned(), user_key.to_owned());
        self.connections
            .write(move |c| {
                let transaction = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
                for sql in [
                    "delete from conversations where channel = ?1 and user_key = ?2",
                    "update chat_events set payload = null, progress = null, state = 'answered', claimed_until = null,
                         user_key = ''
                     where channel = ?1 and user_key = ?2",
                    "update chat_lookups set channel = null, user_key = null where channel = ?1 and user_key = ?2",
                ] {
                    transaction.execute(sql, params![clean(&channel), clean(&user_key)])?;
                }
                Ok(transaction.commit()?)
            })
            .await
    }

    async fn begin_lookup(&self, wish: &LookupWish, now: DateTime<Utc>) -> Result<LookupPermit> {
        let wish = wish.clone();
        self.connections.write(move |c| begin_lookup(c, &wish, now)).await
    }

    async fn renew_lookup(
        &self,
        name_key: &str,
        began: DateTime<Utc>,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let name_key = name_key.to_owned();
        self.connections
            .write(move |c| {
                let done = c
                    .prepare_cached(
                        "update chat_lookups set until = ?3 where name_key = ?1 and asked_at = ?2 and state = 'asking'",
                    )?
                    .execute(params![clean(&name_key), time_text(began), time_text(now + lease)])?;
                Ok(done > 0)
            })
            .await
    }

    async fn lookup_runs(&self, name_key: &str, dead_after: TimeDelta, now: DateTime<Utc>) -> Result<bool> {
        let name_key = name_key.to_owned();
        let row = self.connections.read(move |c| lookup(c, &name_key)).await?;
        Ok(row.is_some_and(|row| row.runs(dead_after, now)))
    }

    async fn end_lookup(&self, name_key: &str, end: LookupEnd, requests: u32) -> Result<()> {
        let name_key = name_key.to_owned();
        let (state, until) = end.columns();
        self.connections
            .write(move |c| {
                c.prepare_cached(
                    "update chat_lookups set state = ?2, until = ?3, requests = requests + ?4 where name_key = ?1",
                )?
                .execute(params![clean(&name_key), state, until.map(time_text), requests])?;
                Ok(())
            })
            .await
    }

    async fn clear_chat(&self, now: DateTime<Utc>) -> Result<()> {
        self.connections
            .write(move |c| {
                let transaction = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
                for (sql, stay) in [
                    ("delete from chat_events where received_at <= ?1", EVENTS_STAY),
                    ("delete from conversations where updated_at <= ?1", CONVERSATIONS_STAY),
                    (
                        "update chat_lookups set channel = null, user_key = null
                         where asked_at <= ?1 and channel is not null",
                        ASKERS_STAY,
                    ),
                    ("delete from chat_lookups where asked_at <= ?1 and (until is null or until <= ?1)", EVENTS_STAY),
                ] {
                    transaction.execute(sql, params![time_text(now - stay)])?;
                }
                transaction.commit()?;
                // Whoever serves for months does not keep the pages that one large write touched.
                Ok(c.execute_batch("pragma shrink_memory")?)
            })
            .await
    }
}

fn receive(connection: &mut Connection, events: &[ChatEvent], now: DateTime<Utc>) -> Result<Vec<bool>> {
    // Everything else may be lost with the power, as it can be asked for again; what was acknowledged never comes again.
    connection.pragma_update(None, "synchronous", "full")?;
    let new = enter(connection, events, now);
    connection.pragma_update(None, "synchronous", "normal")?;
    new
}

fn enter(connection: &mut Connection, events: &[ChatEvent], now: DateTime<Utc>) -> Result<Vec<bool>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut new = Vec::with_capacity(events.len());
    {
        let mut statement = transaction.prepare_cached(
            "insert into chat_events (channel, event_id, user_key, received_at, due_at, payload, state, attempts)
             values (?1, ?2, ?3, ?4, ?4, ?5, 'waiting', 0) on conflict (channel, event_id) do nothing",
        )?;
        let now = time_text(now);
        for event in events {
            let rows = statement.execute(params![
                clean(&event.channel),
                clean(&event.event_id),
                clean(&event.user_key),
                now,
                json_text(&event.payload)
            ])?;
            new.push(rows == 1);
        }
    }
    transaction.commit()?;
    Ok(new)
}

fn claim(
    connection: &mut Connection,
    channel: &str,
    limit: usize,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<ClaimedEvent>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut claimed: Vec<ClaimedEvent> = {
        let mut statement = transaction.prepare_cached(
            "select channel, event_id, user_key, received_at, coalesce(payload, 'null'), state = 'later', attempts + 1,
                    progress
             from (select event_id as first,
                          row_number() over (partition by user_key, state order by received_at, event_id) as place
                   from chat_events where channel = ?1 and state <> 'answered')
             join chat_events on channel = ?1 and event_id = first
             where place = 1 and due_at <= ?2 and (claimed_until is null or claimed_until <= ?2)
             order by received_at, event_id limit ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![clean(channel), time_text(now), limit], |row| {
            Ok(ClaimedEvent {
                channel: row.get(0)?,
                event_id: row.get(1)?,
                user_key: row.get(2)?,
                received_at: time(row, 3)?,
                payload: json(row, 4)?,
                later: row.get(5)?,
                attempts: count(row, 6)?,
                progress: row.get(7)?,
            })
        })?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    {
        let mut statement = transaction.prepare_cached(
            "update chat_events set claimed_until = ?3, attempts = ?4 where channel = ?1 and event_id = ?2",
        )?;
        let until = time_text(now + lease);
        for event in &claimed {
            statement.execute(params![event.channel, event.event_id, until, saturated(event.attempts)])?;
        }
    }
    transaction.commit()?;
    claimed.sort_by(|a, b| (a.received_at, &a.event_id).cmp(&(b.received_at, &b.event_id)));
    Ok(claimed)
}

fn finish(
    connection: &mut Connection,
    event: &ClaimedEvent,
    end: &EventEnd,
    keep: Option<&ConversationRecord>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (state, payload, due_at) = match end {
        EventEnd::Answered => (Some("answered"), None, None),
        EventEnd::Later { payload, due_at } => (Some("later"), Some(json_text(payload)), Some(time_text(*due_at))),
        EventEnd::Failed(due_at) => (None, None, Some(time_text(*due_at))),
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = transaction
        .prepare_cached(
            "update chat_events set
                 state = coalesce(?4, state),
                 payload = case when ?4 is null then payload else ?5 end,
                 progress = case when ?4 is null then progress end,
                 due_at = coalesce(?6, due_at),
                 claimed_until = null
             where channel = ?1 and event_id = ?2 and attempts = ?3 and state <> 'answered'",
        )?
        .execute(params![
            clean(&event.channel),
            clean(&event.event_id),
            saturated(event.attempts),
            state,
            payload,
            due_at
        ])?;
    if done == 0 {
        return Ok(false);
    }
    if let Some(record) = keep {
        keep_conversation(&transaction, &event.channel, &event.user_key, record, now)?;
    }
    transaction.commit()?;
    Ok(true)
}

fn keep_conversation(
    connection: &Connection,
    channel: &str,
    user_key: &str,
    record: &ConversationRecord,
    now: DateTime<Utc>,
) -> Result<()> {
    connection
        .prepare_cached(
            "insert into conversations (channel, user_key, language, pending, updated_at) values (?1, ?2, ?3, ?4, ?5)
             on conflict (channel, user_key) do update set
                 language = excluded.language, pending = excluded.pending, updated_at = excluded.updated_at",
        )?
        .execute(params![
            clean(channel),
            clean(user_key),
            record.language.as_deref().map(clean),
            record.pending.as_deref().map(clean),
            time_text(now)
        ])?;
    Ok(())
}

/// What is noted of the look-up of a name.
fn lookup(connection: &Connection, name_key: &str) -> Result<Option<LookupRow>> {
    let mut statement =
        connection.prepare_cached("select state, asked_at, until from chat_lookups where name_key = ?1")?;
    let row =
        |row: &Row<'_>| Ok(LookupRow { state: row.get(0)?, asked_at: time(row, 1)?, until: optional_time(row, 2)? });
    Ok(statement.query_row(params![clean(name_key)], row).optional()?)
}

fn begin_lookup(connection: &mut Connection, wish: &LookupWish, now: DateTime<Utc>) -> Result<LookupPermit> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(against) = lookup(&transaction, &wish.name_key)?.and_then(|row| wish.against(&row, now)) {
        return Ok(against);
    }
    let asked = |row: &Row<'_>| Ok(Asked { count: count(row, 0)?, oldest: optional_time(row, 1)? });
    let theirs = transaction
        .prepare_cached(
            "select count(*), min(asked_at) from chat_lookups where channel = ?1 and user_key = ?2 and asked_at > ?3",
        )?
        .query_row(params![clean(&wish.channel), clean(&wish.user_key), time_text(now - wish.window)], asked)?;
    let all = transaction
        .prepare_cached(
            "select coalesce(sum(requests), 0), min(asked_at) from chat_lookups where asked_at > ?1 and requests > 0",
        )?
        .query_row(params![time_text(now - DAY)], asked)?;
    let permit = wish.room(&theirs, &all, now);
    if permit == LookupPermit::Go {
        transaction
            .prepare_cached(
                "insert into chat_lookups as t (name_key, channel, user_key, asked_at, state, requests)
                 values (?1, ?2, ?3, ?4, 'asking', 0)
                 on conflict (name_key) do update set
                     channel = excluded.channel, user_key = excluded.user_key, asked_at = excluded.asked_at,
                     state = excluded.state, until = null,
                     requests = case when t.asked_at > ?5 then t.requests else 0 end",
            )?
            .execute(params![
                clean(&wish.name_key),
                clean(&wish.channel),
                clean(&wish.user_key),
                time_text(now),
                time_text(now - DAY)
            ])?;
    }
    transaction.commit()?;
    Ok(permit)
}
