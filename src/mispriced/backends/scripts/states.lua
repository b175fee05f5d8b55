-- flags: no-writes
-- uses: names
-- Reads the states of matches that the index knows. KEYS: the index. ARGV: match ids; none means all.
-- Returns of each match id, `seen since score JSON`.
local wanted, found = {}, {}
for _, match_id in ipairs(ARGV) do wanted[match_id] = true end
for _, event in ipairs(redis.call('ZRANGE', KEY.due .. 'states', 0, -1)) do
  local indexed = redis.call('HGET', KEY.index, event)
  local match_id = indexed and split(indexed)
  if match_id and (#ARGV == 0 or wanted[match_id]) then
    found[#found + 1] = match_id
    found[#found + 1] = redis.call('HGET', KEY.states, event)
  end
end
return found
