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

-- Whether a document holds fresh quotes of enough bookmakers, or an opportunity to be judged again.
local function is_due(key, market, source, now)
  if document.get(key, 'opportunity')[1] then return true end
  local fresh = 0
  for _, event in pairs(document.seats(key)) do
    local sighting = redis.call('HGET', sightings_key(market, source), event)
    if sighting and now - tonumber((split(sighting))) <= fresh_for(event, source) then fresh = fresh + 1 end
  end
  return fresh >= ENOUGH[market]
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
