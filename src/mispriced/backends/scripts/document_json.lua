-- A market document as JSON. Beside `document_hash.lua` the only part that knows how it is laid out.
--
-- By bookmaker: `match_team_objects` its quote, `event` the key of the event that it is of, `ids` that
-- event's id where it is a number, `changed_at` since when it has these prices, `score_changed_at` when
-- its score was first seen to be another. When it was last seen is in the sightings hash of market and
-- source. A string in a numeric field of a Search index would take the document out of it without a
-- word: `ids` and the moments are numbers, or absent.

local document = {}

-- Fields whose values go in as they are; every other value is text.
local NUMBERS = {arbitrage = true, arb_updated = true, bookie_updated = true, created = true, kickoff = true,
  revision = true}
local LISTS = {arbitrage_opportunities = true}
local LONGEST_ID = 15 -- digits that a number of the index keeps

local function member(name, text)
  return cjson.encode(name) .. ':' .. text
end

local function object(...)
  return '{' .. table.concat({...}, ',') .. '}'
end

local function value(name, given)
  if NUMBERS[name] then return tostring(given) end
  if LISTS[name] then return given end
  return cjson.encode(given)
end

-- Merging goes into objects and replaces lists whole; a null removes.
local function merge(key, members)
  redis.call('JSON.MERGE', key, '$', object(unpack(members)))
end

local function path(field, bookmaker)
  return '$.' .. field .. '[' .. cjson.encode(bookmaker) .. ']'
end

-- The first value at a path; false where there is none.
local function at(key, where)
  local found = redis.call('JSON.GET', key, where)
  local first = found and cjson.decode(found)[1]
  if first == nil or first == cjson.null then return false end
  return first
end

function document.exists(key)
  return redis.call('EXISTS', key) == 1
end

function document.get(key, ...)
  local found = {}
  for place, name in ipairs({...}) do found[place] = at(key, '$.' .. name) end
  return found
end

function document.set(key, ...)
  local given, members = {...}, {}
  for place = 1, #given, 2 do
    members[#members + 1] = member(given[place], value(given[place], given[place + 1]))
  end
  merge(key, members)
end

function document.unset(key, ...)
  local members = {}
  for place, name in ipairs({...}) do members[place] = member(name, 'null') end
  merge(key, members)
end

function document.delete(key)
  redis.call('DEL', key)
  redis.call('ZREM', KEY.due .. 'documents', key)
end

-- The key of the event that a bookmaker's quote is of; false if it has none here.
function document.seat(key, bookmaker)
  return at(key, path('event', bookmaker))
end

-- Event keys by bookmaker.
function document.seats(key)
  return at(key, '$.event') or {}
end

-- A document in full with its market, its source and the event keys by bookmaker; nil if it is gone.
function document.read(key)
  local text = redis.call('JSON.GET', key)
  if not text then return nil end
  return text, at(key, '$.market'), at(key, '$.source'), document.seats(key)
end

-- Since when a bookmaker's quote has its prices.
function document.changed_at(key, bookmaker)
  return at(key, path('changed_at', bookmaker))
end

-- Puts a bookmaker's quote into a document that was marked. It is set, not merged: an outcome that is no
-- longer offered would stay.
function document.put(key, bookmaker, event, quote, changed_at)
  redis.call('JSON.SET', key, path('match_team_objects', bookmaker), quote)
  local id = string.match(event, '^[^/]*/[^/]*/(%d+)$')
  merge(key, {
    member('event', object(member(bookmaker, cjson.encode(event)))),
    member('changed_at', object(member(bookmaker, digits(tonumber(changed_at))))),
    member('ids', object(member(bookmaker, id and #id <= LONGEST_ID and digits(tonumber(id)) or 'null'))),
  })
end

-- Notes when a bookmaker's score became another.
function document.rescore(key, bookmaker, at)
  merge(key, {member('score_changed_at', object(member(bookmaker, digits(tonumber(at)))))})
end

-- Removes a bookmaker's quote; returns it, since when it has its prices, and when its score changed.
function document.take(key, bookmaker)
  local quote = redis.call('JSON.GET', key, path('match_team_objects', bookmaker))
  local changed_at = document.changed_at(key, bookmaker)
  local scored_at = at(key, path('score_changed_at', bookmaker))
  local members = {}
  for place, name in ipairs({'match_team_objects', 'event', 'changed_at', 'ids', 'score_changed_at'}) do
    members[place] = member(name, object(member(bookmaker, 'null')))
  end
  merge(key, members)
  return string.sub(quote, 2, -2), changed_at, scored_at
end

-- Makes the document if it is new, and marks it as not judged at a revision of its own. What stands in it
-- (`standing`) stays until it is judged: that is what closes it.
function document.mark(key, market, source, match_id, about, now)
  if not document.exists(key) then
    redis.call('JSON.SET', key, '$', object(member('match_id', cjson.encode(match_id)),
      member('market', cjson.encode(market)), member('source', cjson.encode(source)),
      member('created', digits(now)), member('match_team_objects', '{}'), member('event', '{}'),
      member('changed_at', '{}'), member('ids', '{}')))
  end
  local ends = now + SILENT[source]
  if about then
    ends = math.min(ends, math.max(about.kickoff + RULE.match_length, now + FRESH[source]))
    document.set(key, 'teams', about.teams, 'match_date', about.match_date, 'start_time', about.start_time,
      'kickoff', digits(about.kickoff))
  end
  document.set(key, 'revision', redis.call('INCR', KEY.revision), 'arbitrage', 0, 'bookie_updated', digits(now))
  document.unset(key, 'arbitrage_opportunities')
  redis.call('ZADD', KEY.due .. 'documents', 'NX', ends, key)
end
