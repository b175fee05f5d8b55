-- flags: no-writes
-- uses: names document
-- Reads documents with the last sightings of their quotes. KEYS: the index. ARGV: document keys.
-- Returns of each {key, what it holds, event keys and sightings, what stands in it as a JSON array,
-- what is pending in it}; nothing of one that is gone.
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
    local standing, pending = {}, {}
    for id in string.gmatch(document.get(key, 'standing')[1] or '', '%S+') do
      standing[#standing + 1] = redis.call('HGET', KEY.open, id) or nil
      pending[#pending + 1] = redis.call('HGET', KEY.pending, id) or nil
    end
    found[#found + 1] = {key, held, sightings, '[' .. table.concat(standing, ',') .. ']', pending}
  end
end
return found
