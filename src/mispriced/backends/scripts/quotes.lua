-- Puts quotes into their documents.
--
-- A batch is of one market, source, bookmaker and moment `seen`; its columns are `events` (keys) and
-- `prints` (texts `prices digest` that differ when prices or event do), and `full`, by place, has what
-- is needed where something is to be written. A place that needs it and has none goes into `missing`.
--
-- A sighting reads `seen print`, and `!` after it while the index has the event under another digest.
-- It is there if, and only if, the index knows the event and its document holds the quote: where it
-- equals the print, there is nothing to look up.
--
-- A quote whose event has another digest, so other names, kick-off or ids, is written nowhere: it may be
-- of another match by now, and only the match worker can tell. Until then the old one grows old.
local SEEN = 17 -- digits of a moment and a space
local DIGEST = 16

local function new_tally()
  return {changed = 0, touched = 0, older = 0, unknown = 0, waiting = 0, missing = {}}
end

-- Sends a quote to the match worker, unless the same went there a moment ago; nil if `full` is needed.
local function send_on(batch, place, now)
  local field = batch.events[place] .. ' ' .. batch.market
  local waiting = redis.call('HGET', KEY.waiting, field)
  if waiting then
    local at, sent = split(waiting)
    if sent == batch.prints[place] and now < tonumber(at) + RULE.resend then return 'waiting' end
  end
  local full = batch.full[place]
  if not full then return nil end
  redis.call('XADD', data_stream(batch.market, batch.source), '*', 'quote', ARGV[full.json], 'v', '1')
  redis.call('HSET', KEY.waiting, field, digits(now) .. ' ' .. batch.prints[place])
  redis.call('ZADD', KEY.due .. 'waiting', now + RULE.resend, field)
  return 'unknown'
end

-- Whether a bookmaker's seat in a document is free for an event: nobody's, its own, or one that went stale.
local function may_sit(key, batch, event)
  local seated = document.seat(key, batch.bookmaker)
  if not seated or seated == event then return true end
  local sighting = redis.call('HGET', batch.sightings, seated)
  if sighting and not (sighting < batch.stale) then return false end
  redis.call('HDEL', batch.sightings, seated)
  return true
end

-- The score in a print; nothing where its bookmaker tells none.
local function score_of(print)
  return string.match(print, '@(%S+)')
end

-- Writes a quote that differs from the one in the document; false if another event has its bookmaker's seat.
local function write(key, batch, place, match_id, sighting, now)
  local event, full = batch.events[place], batch.full[place]
  if not may_sit(key, batch, event) then return false end
  local changed_at = batch.seen
  local had = sighting and string.sub(sighting, SEEN + 1)
  if had and string.match(had, '^%S+') == string.match(batch.prints[place], '^%S+') then
    changed_at = document.changed_at(key, batch.bookmaker) or changed_at
  end
  alter(key, batch.market, batch.source, match_id, full, now)
  document.put(key, batch.bookmaker, event, ARGV[full.json], changed_at)
  local score, was = score_of(batch.prints[place]), had and score_of(had)
  if had and score and was ~= score then document.rescore(key, batch.bookmaker, batch.seen) end
  record(quotes_stream(batch.source), 'quote', ARGV[full.json], 'match_id', match_id,
    'before', sighting and split(sighting) or '')
  announce(key, batch.market, batch.source)
  return true
end

-- Whether a sighting cannot be. The caller's `now` cannot tell, it may have been frozen for an hour.
local function is_impossible(sighting)
  return is_ahead(tonumber((split(sighting))))
end

-- Puts one quote; returns what became of it, nil if `full` is needed.
local function put(batch, place, now)
  local event, print = batch.events[place], batch.prints[place]
  local indexed = redis.call('HGET', KEY.index, event)
  if not indexed then return send_on(batch, place, now) end
  local sighting = redis.call('HGET', batch.sightings, event)
  if sighting and not (sighting < batch.seen) and not is_impossible(sighting) then return 'older' end
  local match_id, digest = split(indexed)
  if digest ~= string.sub(print, -DIGEST) then return send_on(batch, place, now) end
  local had = sighting and string.sub(sighting, SEEN + 1)
  local is_same = had == print or had == print .. '!'
  if not is_same and not batch.full[place] then return nil end
  local key = document_key(batch.market, batch.source, match_id)
  if not is_same then
    if not write(key, batch, place, match_id, sighting, now) then return 'older' end
  elseif sighting < batch.late or not (sighting < batch.seen) then
    -- it was stale, or seen by a clock that was set back since: to detection it is back
    announce(key, batch.market, batch.source)
  end
  redis.call('HSET', batch.sightings, event, batch.seen .. ' ' .. print)
  return is_same and 'touched' or 'changed'
end

local function upsert(batch, now, tally)
  local seen, events, prints = batch.seen, batch.events, batch.prints
  batch.sightings = sightings_key(batch.market, batch.source)
  batch.stale = moment(tonumber(seen) - fresh_for(events[1], batch.source))
  -- a price that comes again after this long was stale to detection, by what is learned of the bookmaker
  batch.late = batch.counts and moment(tonumber(seen) - batch.counts) or batch.stale
  local sightings = redis.call('HMGET', batch.sightings, unpack(events))
  local moved, others, late, start = {}, {}, batch.late, seen .. ' '
  for place, sighting in ipairs(sightings) do
    local print = prints[place]
    -- sightings begin with their moment: as texts they compare as the moments do
    if sighting and sighting < seen and not (sighting < late) and string.sub(sighting, SEEN + 1) == print then
      moved[#moved + 1] = events[place]
      moved[#moved + 1] = start .. print
    else
      others[#others + 1] = place
    end
  end
  if #moved > 0 then redis.call('HSET', batch.sightings, unpack(moved)) end
  tally.touched = tally.touched + #moved / 2
  for _, place in ipairs(others) do
    local what = put(batch, place, now)
    if what then tally[what] = tally[what] + 1 else tally.missing[#tally.missing + 1] = place end
  end
end
