-- Documents that changed in this script, announced to detection once each, at its end.

local announced, announcements = {}, {}

local function announce(key, market, source, always)
  local planned = announced[key]
  if not planned then
    planned = {key = key, market = market, source = source}
    announced[key] = planned
    announcements[#announcements + 1] = planned
  end
  planned.always = planned.always or always
end

-- Has a match judged again.
local function announce_match(match_id, source)
  for market in pairs(MARKET) do
    local key = document_key(market, source, match_id)
    if document.exists(key) then return announce(key, market, source, true) end
  end
end

-- Whether a match has fresh quotes of enough bookmakers, over all markets because a cover may be of
-- several, or the document an opportunity to be judged again.
local function is_due(key, market, source, now)
  if document.get(key, 'standing')[1] then return true end
  local fresh, number = {}, 0
  for of_market in pairs(MARKET) do
    local other = document_key(of_market, source, document.get(key, 'match_id')[1])
    for bookmaker, event in pairs(document.seats(other)) do
      local sighting = not fresh[bookmaker] and redis.call('HGET', sightings_key(of_market, source), event)
      if sighting and now - tonumber((split(sighting))) <= fresh_for(event, source) then
        fresh[bookmaker] = true
        number = number + 1
      end
    end
  end
  return number >= ENOUGH[market]
end

local function send_announcements(now)
  local sent = 0
  for _, one in ipairs(announcements) do
    if document.exists(one.key) and (one.always or is_due(one.key, one.market, one.source, now)) then
      redis.call('XADD', matched_stream(one.market, one.source), '*', 'data_key', one.key)
      sent = sent + 1
    end
  end
  return sent
end
