-- Names of keys that are made of market, source and match id; and text of two words.

local function document_key(market, source, match_id)
  return KEY.documents .. MARKET[market] .. '_' .. source .. '_stream:' .. match_id
end

local function sightings_key(market, source)
  return KEY.sightings .. MARKET[market] .. '_' .. source
end

local function data_stream(market, source)
  return KEY.data .. MARKET[market] .. '_' .. source .. '_stream'
end

local function matched_stream(market, source)
  return KEY.tag .. source .. '_' .. market .. '-matched_stream'
end

local function quotes_stream(source)
  return KEY.data .. 'quotes_' .. source .. '_stream'
end

-- The text before the first space, and the text after it.
local function split(text)
  local space = string.find(text, ' ', 1, true)
  return string.sub(text, 1, space - 1), string.sub(text, space + 1)
end

-- A number of microseconds as text; Lua's own conversion keeps 14 digits.
local function digits(number)
  return string.format('%.0f', number)
end

-- A moment in microseconds as text of one length, so that texts compare as moments do.
local function moment(number)
  return string.format('%016.0f', number)
end

-- How long a sighting of an event counts: by bookmaker (the key's first two parts), else by source.
local function fresh_for(event, source)
  return FRESH[string.match(event, '^[^/]*/[^/]*')] or FRESH[source]
end

-- Whether a moment lies further ahead of the server's clock than clocks differ: a clock was set back since.
local function is_ahead(microseconds)
  return microseconds > tonumber(redis.call('TIME')[1]) * 1000000 + RULE.slack
end
