-- flags: no-writes
-- uses: names document
-- Reads documents with the last sightings of their quotes. KEYS: the index. ARGV: document keys.
-- Returns of each {key, fields and values, event keys and sightings}; nothing of one that is gone.
local found = {}
for _, key in ipairs(ARGV) do
  local fields = redis.call('HGETALL', key)
  if #fields > 0 then
    local named, sightings = {}, {}
    for place = 1, #fields, 2 do named[fields[place]] = fields[place + 1] end
    local seen = sightings_key(named.market, named.source)
    for _, event in pairs(document.seats(key)) do
      sightings[#sightings + 1] = event
      sightings[#sightings + 1] = redis.call('HGET', seen, event) or ''
    end
    found[#found + 1] = {key, fields, sightings}
  end
end
return found
