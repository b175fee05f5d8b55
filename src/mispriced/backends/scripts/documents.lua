-- flags: no-writes
-- uses: names document
-- Reads documents with the last sightings of their quotes. KEYS: the index. ARGV: document keys.
-- Returns of each {key, what it holds, event keys and sightings, what stands in it}; nothing of one that
-- is gone.
local found = {}
for _, key in ipairs(ARGV) do
  local held, market, source, seats = document.read(key)
  if held then
    local sightings = {}
    local seen = sightings_key(market, source)
    for _, event in pairs(seats) do
      sightings[#sightings + 1] = event
      sightings[#sightings + 1] = redis.call('HGET', seen, event) or ''
    end
    local standing = document.get(key, 'opportunity')[1]
    found[#found + 1] = {key, held, sightings, standing and redis.call('HGET', KEY.open, standing) or ''}
  end
end
return found
